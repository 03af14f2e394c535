/** Recognises what an older installation wrote under the name of a CAR. */
import { closeSync, openSync, readSync } from 'node:fs'
import { ifPresent } from '../core/fs-durable.js'

/**
 * `json`: a JSON document of mappings or blocks; `framed`: a length of four bytes, then dag-cbor;
 * `varint-json`: a varint, then JSON; `car`: a real CAR; `unknown`: anything else.
 */
export type CarDialect = 'json' | 'framed' | 'varint-json' | 'car' | 'unknown'

const HEAD = 64

/** Returns the dialect of a file; undefined where there is none. */
export function carDialect(path: string): CarDialect | undefined {
  const fd = ifPresent(() => openSync(path, 'r'))
  if (fd === undefined) return undefined
  try {
    const bytes = Buffer.alloc(HEAD)
    return dialectOf(bytes.subarray(0, readSync(fd, bytes, 0, HEAD, 0)))
  } finally {
    closeSync(fd)
  }
}

function dialectOf(head: Uint8Array): CarDialect {
  const text = Buffer.from(head).toString('latin1')
  if (/^\s*\{/.test(text)) return 'json'
  // A map of dag-cbor behind a length of four bytes, of which the first two are empty.
  if (head[0] === 0 && head[1] === 0 && isMap(head[4])) return 'framed'
  // The length of the header, a varint of one or two bytes.
  const at = (head[0] ?? 0) < 0x80 ? 1 : 2
  if (text[at] === '{') return 'varint-json'
  return isMap(head[at]) ? 'car' : 'unknown'
}

const isMap = (byte: number | undefined): boolean => byte !== undefined && byte >> 5 === 5
