/** Headers of tar archives: ustar, with a record of pax for what does not fit (POSIX 1003.1). */
import { bufferOf, utf8 } from '../core/bytes.js'

export interface TarEntry {
  /** Bytes of the path, without a slash at its end. */
  readonly path: Uint8Array
  readonly type: 'file' | 'directory' | 'symlink'
  readonly size: number
  readonly mode: number
  /** Seconds since 1970. */
  readonly mtime: number
  /** Of a symlink. */
  readonly target?: Uint8Array
}

const BLOCK = 512
const MAX_NAME = 100
/** Most bytes that a field of octal digits can say. */
const MAX_SIZE = 8 ** 11 - 1
const TYPES = { file: '0', symlink: '2', directory: '5' } as const

/** Returns what precedes the bytes of an entry. */
export function tarHead(entry: TarEntry): Buffer {
  // Without a slash at the end of a folder: the reader of Kubo takes it for another name.
  const path = bufferOf(entry.path)
  const target = bufferOf(entry.target ?? new Uint8Array(0))
  const records = [
    ...(isPlain(path) ? [] : [paxRecord('path', path)]),
    ...(isPlain(target) ? [] : [paxRecord('linkpath', target)]),
    ...(entry.size > MAX_SIZE ? [paxRecord('size', utf8(String(entry.size)))] : [])
  ]
  const own = header(path, TYPES[entry.type], entry, target)
  if (records.length === 0) return own
  const body = Buffer.concat(records)
  const head = header(
    utf8('pax'),
    'x',
    { ...entry, size: body.length, mode: 0o644 },
    new Uint8Array(0)
  )
  return Buffer.concat([head, body, tarPadding(body.length), own])
}

/** Returns what follows the bytes of an entry, so that the next one begins at a block. */
export const tarPadding = (size: number): Buffer => Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK)

/** The end of an archive. */
export const TAR_END = Buffer.alloc(2 * BLOCK)

const isPlain = (name: Buffer): boolean =>
  name.length <= MAX_NAME && name.every((byte) => byte < 0x80)

/** A record says its own length, which is part of it. */
function paxRecord(key: string, value: Uint8Array): Buffer {
  const rest = Buffer.concat([utf8(` ${key}=`), value, utf8('\n')])
  let length = rest.length + 1
  while (String(length).length + rest.length !== length)
    length = String(length).length + rest.length
  return Buffer.concat([utf8(String(length)), rest])
}

function header(
  path: Uint8Array,
  type: string,
  { size, mode, mtime }: Pick<TarEntry, 'size' | 'mode' | 'mtime'>,
  target: Uint8Array
): Buffer {
  const head = Buffer.alloc(BLOCK)
  head.set(path.subarray(0, MAX_NAME), 0)
  octal(head, 100, 8, mode & 0o7777)
  octal(head, 108, 8, 0)
  octal(head, 116, 8, 0)
  octal(head, 124, 12, size > MAX_SIZE ? 0 : size)
  octal(head, 136, 12, Math.min(MAX_SIZE, Math.max(0, Math.floor(mtime))))
  head.fill(' ', 148, 156)
  head.write(type, 156, 'latin1')
  head.set(target.subarray(0, MAX_NAME), 157)
  head.write('ustar\x0000', 257, 'latin1')
  const sum = head.reduce((all, byte) => all + byte, 0)
  octal(head, 148, 7, sum)
  head[155] = 0x20
  return head
}

/** Writes a number in digits that end in a NUL. */
function octal(head: Buffer, at: number, length: number, value: number): void {
  head.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1')
}
