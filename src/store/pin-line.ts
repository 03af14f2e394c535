/** The lines of the log of pins, and the mend of one bit that flipped in them. */
import { crc32 } from 'node:zlib'

export type PinType = 'recursive' | 'direct'

export interface Pin {
  /** The CID as the user gave it. */
  readonly cid: string
  readonly type: PinType
  readonly name: string
  /** ISO 8601, UTC. */
  readonly createdAt: string
}

export type Entry = ({ readonly op: 'add' } & Pin) | { readonly op: 'rm'; readonly cid: string }

/** A line at some place of a log. */
export interface Line {
  readonly entry: Entry
  /** Where the next one begins. */
  readonly next: number
}

const NEWLINE = 10
/** Characters of the checksum and the space behind it. */
const HEAD = 9
/** Longest line in which a flipped bit is searched, which takes eight checksums a byte. */
const MAX_MENDED = 4096

const GENERATION = 'generation '

/**
 * Encodes the first line of a log, by which it differs from those before it was rewritten. It
 * removes a pin that nobody has, so that versions which know no generations pass over it.
 */
export const encodeGeneration = (generation: number): string =>
  encodeLine({ op: 'rm', cid: `${GENERATION}${generation}` })

/** Returns the generation that an entry tells; undefined for a change of a pin. */
export const generationOf = ({ op, cid }: Entry): number | undefined =>
  op === 'rm' && cid.startsWith(GENERATION) ? Number(cid.slice(GENERATION.length)) : undefined

export function encodeLine(entry: Entry): string {
  const body = JSON.stringify(entry)
  return `${crc32(body).toString(16).padStart(8, '0')} ${body}\n`
}

/**
 * Decodes the line at a place; undefined if its checksum differs, or it says nothing. The last one
 * may lack its end.
 */
export function lineAt(bytes: Buffer, at: number): Line | undefined {
  const found = bytes.indexOf(NEWLINE, at)
  const end = found < 0 ? bytes.length : found
  const body = bytes.subarray(at + HEAD, end)
  const sum = bytes.toString('latin1', at, at + HEAD)
  if (body.length === 0 || !/^[0-9a-f]{8} $/.test(sum)) return undefined
  if (crc32(body) !== Number.parseInt(sum, 16)) return undefined
  const entry = JSON.parse(body.toString('utf8')) as Entry
  return isEntry(entry) ? { entry, next: Math.min(bytes.length, end + 1) } : undefined
}

/** Returns whether a line says something. Whether its CID is one is for those to say that need it. */
const isEntry = (entry: Entry): boolean =>
  typeof entry?.cid === 'string' &&
  (entry.op === 'rm' ||
    (entry.op === 'add' &&
      (entry.type === 'recursive' || entry.type === 'direct') &&
      typeof entry.name === 'string' &&
      typeof entry.createdAt === 'string'))

/** Puts the one bit right that makes a line of the bytes at a place. @returns whether there is one. */
export function mendBit(bytes: Buffer, at: number): boolean {
  const found = bytes.indexOf(NEWLINE, at)
  const end = found < 0 ? bytes.length : found + 1
  if (end - at > MAX_MENDED) return false
  for (let i = at; i < end; i++)
    for (let bit = 1; bit < 256; bit <<= 1) {
      bytes[i]! ^= bit
      if (lineAt(bytes, at) !== undefined) return true
      bytes[i]! ^= bit
    }
  return false
}
