/**
 * The pins of the store ("keep this root"): a log of checksummed lines, each fsynced before it is
 * acknowledged. It is rewritten when most of its lines are obsolete.
 */
import { closeSync, fstatSync, fsyncSync, ftruncateSync, readFileSync, truncateSync } from 'node:fs'
import { dirname } from 'node:path'
import { crc32 } from 'node:zlib'
import { utf8 } from '../core/bytes.js'
import { isDiskFull, KitError } from '../core/errors.js'
import { fsyncDir, ifPresent, openOwn, replaceFile, writeFully } from '../core/fs-durable.js'

export type PinType = 'recursive' | 'direct'

export interface Pin {
  /** The CID as the user gave it. */
  readonly cid: string
  readonly type: PinType
  readonly name: string
  /** ISO 8601, UTC. */
  readonly createdAt: string
}

type Entry = ({ readonly op: 'add' } & Pin) | { readonly op: 'rm'; readonly cid: string }

const encode = (entry: Entry): string => {
  const body = JSON.stringify(entry)
  return `${crc32(body).toString(16).padStart(8, '0')} ${body}\n`
}

/** Decodes a line; undefined if its checksum differs, or it says nothing. */
function decode(line: string): Entry | undefined {
  const body = line.slice(9)
  if (line.length < 11 || crc32(body) !== Number.parseInt(line.slice(0, 8), 16)) return undefined
  const entry = JSON.parse(body) as Entry
  return isEntry(entry) ? entry : undefined
}

/** Returns whether a line says something. Whether its CID is one is for those to say that need it. */
const isEntry = (entry: Entry): boolean =>
  typeof entry?.cid === 'string' &&
  (entry.op === 'rm' ||
    (entry.op === 'add' &&
      (entry.type === 'recursive' || entry.type === 'direct') &&
      typeof entry.name === 'string' &&
      typeof entry.createdAt === 'string'))

interface Log {
  readonly pins: Map<string, Pin>
  readonly lines: number
  /** Length in bytes of the intact part. */
  readonly intact: number
  readonly torn: boolean
}

/**
 * Replays a log. A torn last line ends it, because it was never acknowledged.
 * @throws CORRUPT_FORMAT for damage before the last line.
 */
function readLog(path: string): Log {
  const bytes = ifPresent(() => readFileSync(path)) ?? Buffer.alloc(0)
  const pins = new Map<string, Pin>()
  let lines = 0
  let at = 0
  while (at < bytes.length) {
    const end = bytes.indexOf(10, at)
    const entry = end < 0 ? undefined : decode(bytes.toString('utf8', at, end))
    if (entry === undefined) {
      // A crash tears only the last line: damage followed by more lines would lose pins.
      if (end >= 0 && end + 1 < bytes.length)
        throw new KitError(
          'CORRUPT_FORMAT',
          `the pin log ${path} is damaged at byte ${at}; restore it, or move it away and pin again`
        )
      return { pins, lines, intact: at, torn: true }
    }
    if (entry.op === 'add') {
      const { op: _, ...pin } = entry
      pins.set(pin.cid, pin)
    } else pins.delete(entry.cid)
    lines++
    at = end + 1
  }
  return { pins, lines, intact: at, torn: false }
}

/** Reads the current pins without a lock. @throws CORRUPT_FORMAT. */
export const readPins = (path: string): Map<string, Pin> => readLog(path).pins

/** The pins of a home, for its owner. Every change is durable when its call returns. */
export class PinLog {
  readonly #path: string
  readonly #pins: Map<string, Pin>
  /** Undefined where the log is only read. */
  readonly #fd: number | undefined
  #size: number
  #failed = false

  private constructor(path: string, pins: Map<string, Pin>, fd: number | undefined) {
    this.#path = path
    this.#pins = pins
    this.#fd = fd
    this.#size = fd === undefined ? 0 : fstatSync(fd).size
  }

  /** Opens the log of a home that cannot be written. */
  static readOnly(path: string): PinLog {
    return new PinLog(path, readPins(path), undefined)
  }

  /** @param warn is called if a torn last line is cut off. */
  static open(path: string, warn: (message: string) => void): PinLog {
    const log = readLog(path)
    if (log.torn) {
      warn(
        `the pin log ${path} ended in a half-written line, which was never acknowledged; cut off`
      )
      truncateSync(path, log.intact)
    }
    if (log.lines > 2 * log.pins.size + 100) compact(path, log.pins)
    const fd = openOwn(path, 'append')
    fsyncSync(fd)
    fsyncDir(dirname(path))
    return new PinLog(path, log.pins, fd)
  }

  get pins(): ReadonlyMap<string, Pin> {
    return this.#pins
  }

  /** Adds pins with one fsync for all. */
  add(pins: readonly Pin[]): void {
    this.#append(pins.map((pin) => ({ op: 'add', ...pin })))
    for (const pin of pins) this.#pins.set(pin.cid, pin)
  }

  remove(cids: readonly string[]): void {
    this.#append(cids.map((cid) => ({ op: 'rm', cid })))
    for (const cid of cids) this.#pins.delete(cid)
  }

  #append(entries: readonly Entry[]): void {
    if (entries.length === 0) return
    if (this.#failed) throw new KitError('IO', `an earlier write to ${this.#path} failed; restart`)
    const fd = this.#fd
    if (fd === undefined) throw new KitError('READ_ONLY', `${this.#path} cannot be written`)
    const bytes = utf8(entries.map(encode).join(''))
    try {
      writeFully(fd, bytes)
      fsyncSync(fd)
      this.#size += bytes.length
    } catch (error) {
      this.#undo(fd, error)
    }
  }

  /** Cuts off a partial write; if that fails too, refuses all further writes. */
  #undo(fd: number, error: unknown): never {
    try {
      ftruncateSync(fd, this.#size)
      fsyncSync(fd)
    } catch {
      this.#failed = true
    }
    throw error
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd)
  }
}

/** Rewrites a log that is mostly history. It stays as it is on a full disk. */
function compact(path: string, pins: ReadonlyMap<string, Pin>): void {
  const lines = [...pins.values()].map((pin) => encode({ op: 'add', ...pin }))
  try {
    replaceFile(path, utf8(lines.join('')))
  } catch (error) {
    if (!isDiskFull(error)) throw error
  }
}
