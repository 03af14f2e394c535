/**
 * MIME types of content: by its first bytes, which do not lie, and by the name where those say no more than that
 * it is text, or a container of something. A table of our own: the types that matter here are few, and
 * libraries that know more either read whole archives or know extensions alone.
 */
import { BYTES_TYPE, extensionOf, typeOfExtension } from './mime-types.js'

/** Bytes of a file that are looked at. */
export const HEAD = 4096

interface Magic {
  readonly type: string
  readonly at: number
  readonly bytes: Uint8Array
}

const magic = (type: string, text: string, at = 0): Magic => ({
  type,
  at,
  bytes: Buffer.from(text, 'latin1')
})

const MAGICS: readonly Magic[] = [
  magic('application/pdf', '%PDF-'),
  magic('image/png', '\x89PNG\r\n\x1a\n'),
  magic('image/jpeg', '\xff\xd8\xff'),
  magic('image/gif', 'GIF8'),
  magic('image/tiff', 'II*\0'),
  magic('image/tiff', 'MM\0*'),
  magic('image/bmp', 'BM'),
  magic('application/gzip', '\x1f\x8b\x08'),
  magic('application/x-bzip2', 'BZh'),
  magic('application/x-xz', '\xfd7zXZ\0'),
  magic('application/zstd', '\x28\xb5\x2f\xfd'),
  magic('application/x-7z-compressed', "7z\xbc\xaf'\x1c"),
  magic('application/vnd.rar', 'Rar!\x1a\x07'),
  magic('application/zip', 'PK\x03\x04'),
  magic('application/zip', 'PK\x05\x06'),
  magic('application/vnd.apache.parquet', 'PAR1'),
  magic('application/vnd.apache.arrow.file', 'ARROW1'),
  magic('application/vnd.apache.avro', 'Obj\x01'),
  magic('application/x-hdf5', '\x89HDF\r\n\x1a\n'),
  magic('application/vnd.sqlite3', 'SQLite format 3\0'),
  magic('application/x-npy', '\x93NUMPY'),
  magic('application/wasm', '\0asm'),
  magic('application/x-executable', '\x7fELF'),
  magic('audio/flac', 'fLaC'),
  magic('audio/mpeg', 'ID3'),
  magic('audio/midi', 'MThd'),
  magic('audio/ogg', 'OggS'),
  magic('video/webm', '\x1a\x45\xdf\xa3'),
  magic('font/woff', 'wOFF'),
  magic('font/woff2', 'wOF2'),
  magic('application/x-ole-storage', '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1'),
  magic('application/x-tar', 'ustar', 257)
]

/** Types of which a name may say more: what is in the container. */
const CONTAINERS: ReadonlySet<string> = new Set([
  'application/zip',
  'application/x-ole-storage',
  'application/gzip',
  'audio/ogg',
  'video/webm',
  'video/mp4'
])

/** Returns the type of a file. @param head its first bytes, up to 4096. */
export function mimeOf(head: Uint8Array, name: string | null): string {
  const named = typeOfExtension(extensionOf(name))
  const found = byMagic(head)
  if (found !== undefined) return CONTAINERS.has(found) ? (named ?? found) : found
  if (head.length > 0 && !isText(head)) return binaryNamed(named) ?? BYTES_TYPE
  return textNamed(named, head.length > 0) ?? textType(head)
}

/** A name of a picture, or of what begins with bytes of its own, is wrong on a text. */
function textNamed(named: string | undefined, hasBytes: boolean): string | undefined {
  if (named === undefined || !hasBytes || named === 'image/svg+xml') return named
  const isNone =
    /^(image|audio|video|font)\//.test(named) || MAGICS.some(({ type }) => type === named)
  return isNone ? undefined : named
}

/** A name of a text on bytes that are none is wrong. */
const binaryNamed = (named: string | undefined): string | undefined =>
  named?.startsWith('text/') === true ? undefined : named

function byMagic(head: Uint8Array): string | undefined {
  const found = MAGICS.find(({ at, bytes }) => startsWith(head, at, bytes))
  // Two letters alone begin many a text.
  if (found !== undefined && !(found.bytes.length < 4 && isText(head))) return found.type
  return byBox(head)
}

/** Types that stand behind a length: RIFF and ISO media. */
function byBox(head: Uint8Array): string | undefined {
  const text = Buffer.from(head.subarray(0, 16)).toString('latin1')
  if (text.startsWith('RIFF')) {
    const type = text.slice(8, 12)
    return { WEBP: 'image/webp', WAVE: 'audio/wav', 'AVI ': 'video/x-msvideo' }[type]
  }
  if (text.slice(4, 8) !== 'ftyp') return undefined
  const brand = text.slice(8, 12)
  if (brand.startsWith('avif')) return 'image/avif'
  if (brand.startsWith('hei')) return 'image/heic'
  if (brand.startsWith('M4A')) return 'audio/mp4'
  return brand.startsWith('qt') ? 'video/quicktime' : 'video/mp4'
}

const startsWith = (head: Uint8Array, at: number, bytes: Uint8Array): boolean =>
  head.length >= at + bytes.length && bytes.every((byte, i) => head[at + i] === byte)

const LINE_CONTROLS: ReadonlySet<number> = new Set([8, 9, 10, 12, 13, 27])

/** Returns whether bytes are UTF-8 without controls; a character may be cut at the end. */
function isText(head: Uint8Array): boolean {
  if (head.some((byte) => byte < 32 && !LINE_CONTROLS.has(byte))) return false
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true })
    return true
  } catch {
    return false
  }
}

/** Returns the type of a text by its beginning. */
function textType(head: Uint8Array): string {
  const text = Buffer.from(head)
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .trimStart()
    .slice(0, 200)
  if (text === '') return head.length === 0 ? 'application/x-empty' : 'text/plain'
  if (/^<(!doctype html|html)/i.test(text)) return 'text/html'
  if (/^<svg/i.test(text)) return 'image/svg+xml'
  if (text.startsWith('<?xml')) return 'application/xml'
  if (text.startsWith('#!')) return 'text/x-script'
  return /^[[{]\s*(["{[\]}]|-?\d|true|false|null)/.test(text) ? 'application/json' : 'text/plain'
}
