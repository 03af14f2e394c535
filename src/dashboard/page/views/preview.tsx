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
  const picture = PICTURES[path.slice(path.lastIndexOf('.') + 1).toLowerCase()]
  const asks = `/api/v1/download?${new URLSearchParams({ path })}`
  if (picture !== undefined && size <= MOST_PICTURE) {
    const answer = await fetch(asks, { signal })
    if (!answer.ok) throw new Error(answer.statusText)
    const bytes = await answer.arrayBuffer()
    const blob = new Blob([bytes], { type: picture })
    return {
      kind: 'picture',
      url: picture === SVG ? await dataUrl(blob) : URL.createObjectURL(blob)
    }
  }
  const answer = await fetch(asks, { signal, headers: { range: `bytes=0-${MOST_TEXT - 1}` } })
  if (!answer.ok) throw new Error(answer.statusText)
  const text = textIn(new Uint8Array(await answer.arrayBuffer()))
  return text === undefined
    ? { kind: 'none', why: 'These are bytes, and no text.' }
    : { kind: 'text', text, isCut: size > MOST_TEXT }
}

/** A picture with scripts that is opened by itself must be of no origin, which an URL of an object is not. */
const dataUrl = (blob: Blob): Promise<string> =>
  new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.addEventListener('load', () => resolve(String(reader.result)))
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
