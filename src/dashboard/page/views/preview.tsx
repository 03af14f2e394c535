/** A preview of a file: text as text, pictures as pictures, and never as a page that could run. */
import { useEffect, useState } from 'preact/hooks'
import { bytesText } from '../format.js'
import { Panel } from '../ui/parts.js'

const SVG = 'image/svg+xml'

const PICTURES: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  avif: 'image/avif',
  svg: SVG
}

const MOST_TEXT = 64 << 10
const MOST_PICTURE = 16 << 20

type Seen =
  | { readonly kind: 'text'; readonly text: string; readonly isCut: boolean }
  | { readonly kind: 'picture'; readonly url: string }
  | { readonly kind: 'none'; readonly why: string }

export function Preview({ path, size }: { path: string; size: number }) {
  const [seen, setSeen] = useState<Seen>()
  useEffect(() => {
    const end = new AbortController()
    let url: string | undefined
    look(path, size, end.signal).then(
      (found) => {
        if (found.kind === 'picture') url = found.url
        if (!end.signal.aborted) setSeen(found)
      },
      () => end.signal.aborted || setSeen({ kind: 'none', why: 'Its bytes cannot be read.' })
    )
    return () => {
      end.abort()
      if (url !== undefined) URL.revokeObjectURL(url)
    }
  }, [path, size])
  return (
    <Panel title="Preview">
      {seen === undefined ? (
        <p class="quiet">Loading…</p>
      ) : seen.kind === 'picture' ? (
        <img class="preview" src={seen.url} alt={`Preview of ${path}`} />
      ) : seen.kind === 'text' ? (
        <>
          <pre class="preview" tabIndex={0}>
            {seen.text}
          </pre>
          {seen.isCut && (
            <p class="quiet">
              The first {bytesText(MOST_TEXT)} of {bytesText(size)}.
            </p>
          )}
        </>
      ) : (
        <p class="quiet">{seen.why}</p>
      )}
    </Panel>
  )
}

async function look(path: string, size: number, signal: AbortSignal): Promise<Seen> {
  if (size === 0) return { kind: 'none', why: 'The file is empty.' }
  const head = await bytesOf(path, signal, MOST_TEXT)
  const type = PICTURES[path.slice(path.lastIndexOf('.') + 1).toLowerCase()] ?? pictureIn(head)
  if (type !== undefined && size <= MOST_PICTURE) {
    const bytes = size <= head.length ? head : await bytesOf(path, signal, size)
    const blob = new Blob([bytes], { type })
    return { kind: 'picture', url: type === SVG ? await dataUrl(blob) : URL.createObjectURL(blob) }
  }
  const text = textIn(head)
  return text === undefined
    ? { kind: 'none', why: 'These are bytes, and no text.' }
    : { kind: 'text', text, isCut: size > MOST_TEXT }
}

async function bytesOf(
  path: string,
  signal: AbortSignal,
  most: number
): Promise<Uint8Array<ArrayBuffer>> {
  const headers = { range: `bytes=0-${most - 1}` }
  const answer = await fetch(`/api/v1/download?${new URLSearchParams({ path })}`, {
    signal,
    headers
  })
  if (!answer.ok) throw new Error(answer.statusText)
  return new Uint8Array(await answer.arrayBuffer())
}

/** How pictures begin, for content that has no name. */
const BEGINNINGS: readonly (readonly [string, RegExp])[] = [
  ['image/png', /^\x89PNG/],
  ['image/jpeg', /^\xff\xd8\xff/],
  ['image/gif', /^GIF8/],
  ['image/webp', /^RIFF.{4}WEBP/s]
]

const pictureIn = (head: Uint8Array): string | undefined => {
  const begins = String.fromCharCode(...head.subarray(0, 16))
  return BEGINNINGS.find(([, beginning]) => beginning.test(begins))?.[0]
}

/** A picture with scripts that is opened by itself must be of no origin, which an URL of an object is not. */
const dataUrl = (blob: Blob): Promise<string> =>
  new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.addEventListener('load', () => resolve(reader.result as string))
    reader.addEventListener('error', () => reject(reader.error ?? new Error('it cannot be read')))
    reader.readAsDataURL(blob)
  })

/** Returns bytes as text; undefined where they are none. The last character may be cut in two. */
function textIn(bytes: Uint8Array): string | undefined {
  if (bytes.includes(0)) return undefined
  for (let less = 0; less < 4; less++)
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(
        bytes.subarray(0, bytes.length - less)
      )
    } catch {
      continue
    }
  return undefined
}
