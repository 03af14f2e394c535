/** The page that shows a value of dag-json or dag-cbor to people. */
import { createHash } from 'node:crypto'
import { DAG_CBOR, DAG_JSON, type Cid } from '../core/cid.js'
import { toHex } from '../core/bytes.js'
import { asLink, decodeValue } from '../formats/ipld-value.js'
import type { Answer } from './answer.js'
import { contentHeaders } from './content-headers.js'
import type { Asked } from './gateway.js'
import { PAGE_POLICY } from './headers.js'
import { escaped, page } from './page.js'
import type { Walked } from './walk-path.js'

const FRAME = createHash('sha256').update(page('', 'dag')).digest('hex').slice(0, 12)
/** Characters of a value that are shown. */
const MAX_SHOWN = 256 << 10
/** Values in values that are shown. */
const MAX_DEPTH = 64

const OWN_FORMAT = new Map([
  [DAG_JSON, 'dag-json'],
  [DAG_CBOR, 'dag-cbor']
])

export const hasDagPage = (cid: Cid): boolean => OWN_FORMAT.has(cid.codec)

export async function dagPageAnswer(asked: Asked, walked: Walked): Promise<Answer> {
  const { cid, roots } = walked
  const { view } = asked
  const block = await view.whenReady(() => view.content.blocks.get(cid))
  const html = dagPage(cid, decodeValue(cid.codec, block), block.length)
  return {
    status: 200,
    headers: {
      ...contentHeaders(asked, roots),
      'content-type': 'text/html',
      'content-security-policy': PAGE_POLICY
    },
    etags: [`"DagIndex-${FRAME}_CID-${cid}"`],
    body: Buffer.from(html),
    isRanged: false
  }
}

function dagPage(cid: Cid, value: unknown, size: number): string {
  const format = OWN_FORMAT.get(cid.codec)!
  const text = valueText(value, '', { left: MAX_SHOWN })
  const shown = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}\n…` : text
  return page(
    `${format} ${cid}`,
    `<header><h1 translate="no">${cid}</h1>
<p>${format}, ${size} bytes · <a href="?format=${format}">as ${format}</a> · <a href="?format=raw">as a raw block</a> · <a href="?format=car">as a CAR</a></p></header>
<main><pre>${escaped(shown)}</pre></main>`
  )
}

/** Characters that may yet be shown: a small block may hold millions of values. */
interface Room {
  left: number
}

/** Returns a value as indented text in which links are CIDs; what has no room is left out. */
function valueText(value: unknown, indent: string, room: Room): string {
  if (room.left <= 0) return '…'
  const plain = plainText(value)
  if (plain !== undefined) {
    room.left -= plain.length
    return plain
  }
  if (indent.length > 2 * MAX_DEPTH) return '…'
  const deeper = `${indent}  `
  const isList = Array.isArray(value)
  const parts: string[] = []
  for (const [key, one] of entriesOf(value as object)) {
    if (room.left <= 0) break
    const name = isList ? '' : `${JSON.stringify(key)}: `
    room.left -= deeper.length + name.length
    parts.push(`${deeper}${name}${valueText(one, deeper, room)}`)
  }
  if (room.left <= 0) parts.push(`${deeper}…`)
  const [open, close] = isList ? '[]' : '{}'
  return parts.length === 0 ? `${open}${close}` : `${open}\n${parts.join(',\n')}\n${indent}${close}`
}

function* entriesOf(value: object): Iterable<readonly [string | number, unknown]> {
  if (Array.isArray(value)) yield* value.entries() as Iterable<[number, unknown]>
  else for (const key in value) yield [key, (value as Record<string, unknown>)[key]]
}

/** Returns a value that holds no others as text; undefined for lists and maps. */
function plainText(value: unknown): string | undefined {
  const link = asLink(value)
  if (link !== undefined) return `{"/": "${link}"}`
  if (value instanceof Uint8Array) return `{"/": {"bytes": "${toHex(value.subarray(0, 1024))}"}}`
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'string') return JSON.stringify(value.slice(0, MAX_SHOWN))
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  return undefined
}
