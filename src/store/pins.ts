/**
 * The pins of the store ("keep this root"): a log of checksummed lines, each fsynced before it is
 * acknowledged. It is rewritten when most of its lines are obsolete.
 */
import { closeSync, existsSync, fstatSync, fsyncSync, ftruncateSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { utf8 } from '../core/bytes.js'
import { isDiskFull, KitError } from '../core/errors.js'
import { fsyncDir, openOwn, replaceFile, writeFully } from '../core/fs-durable.js'
import { readFileIfAny } from '../core/read-file.js'
import { Turns } from '../core/turns.js'
import { newId } from './layout.js'
import { encodeGeneration, encodeLine, generationOf, lineAt, mendBit, type Entry, type Pin } from './pin-line.js' // prettier-ignore
import type { SealWriter } from './seal-writer.js'
import { Seals, type Seal } from './seals.js'

export type { Pin, PinType } from './pin-line.js'

/**
 * The log's own entry among the seals: how many of its bytes were acknowledged, and in place of a
 * time the generation of the log. It says nothing about a log of another generation, so that the
 * two need not become durable together when the log is rewritten.
 */
const PINS_SEAL = 1

interface Log {
  readonly pins: Map<string, Pin>
  readonly lines: number
  /** Undefined for a log of a version that knew none. */
  readonly generation: number | undefined
  /** Length in bytes of the intact part. */
  readonly intact: number
  readonly torn: boolean
  /** Whether a flipped bit, or the end of the last line, was put right. */
  readonly mended: boolean
}

/**
 * Replays a log. A torn last line ends it, if that was never acknowledged; one flipped bit in a line
 * is put right by its checksum.
 * @throws CORRUPT_FORMAT for any other damage, which would lose pins.
 */
function readLog(path: string): Log {
  const steps = reading(path)
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}

/** Replays a log as `readLog` does, with a step for each line. */
function* reading(path: string): Generator<void, Log, void> {
  // First, as the owner may append, and acknowledge that, while a log is read without a lock.
  const seal = findSeal(path)
  const found = readFileIfAny(path, MEND)
  if (found === undefined && existsSync(asideName(path, 1))) throw damaged(path, 0)
  const bytes = found ?? Buffer.alloc(0)
  const pins = new Map<string, Pin>()
  let acknowledged = seal?.size ?? 0
  let generation: number | undefined
  let mended = false
  let lines = 0
  let at = 0
  while (at < bytes.length) {
    let line = lineAt(bytes, at)
    if (line === undefined && mendBit(bytes, at)) {
      mended = true
      line = lineAt(bytes, at)
    }
    if (line === undefined) {
      const end = bytes.indexOf(10, at)
      if ((end >= 0 && end + 1 < bytes.length) || at < acknowledged) throw damaged(path, at)
      return { pins, lines, generation, intact: at, torn: true, mended }
    }
    if (lines === 0) {
      generation = generationOf(line.entry)
      if (generation !== seal?.mtimeMs) acknowledged = 0
    }
    replay(pins, line.entry)
    lines++
    mended ||= bytes[line.next - 1] !== 10
    at = line.next
    yield
  }
  // The end of the last line is the one byte that nobody misses.
  if (at < acknowledged - 1) throw damaged(path, at)
  return { pins, lines, generation, intact: at, torn: false, mended }
}

export function replay(pins: Map<string, Pin>, entry: Entry): void {
  if (entry.op === 'add') {
    const { op: _, ...pin } = entry
    pins.set(pin.cid, sinceFirst(pins, pin))
  } else pins.delete(entry.cid)
}

/** Returns a pin as it is after it was made once more: it stays as old as it is. */
function sinceFirst(pins: ReadonlyMap<string, Pin>, pin: Pin): Pin {
  const createdAt = pins.get(pin.cid)?.createdAt
  return createdAt === undefined ? pin : { ...pin, createdAt }
}

const MEND = 'recover what can be with `ipfs-kit fsck --repair`'

const damaged = (path: string, at: number): KitError =>
  new KitError(
    'CORRUPT_FORMAT',
    `the pin log ${path} is damaged, or cut short, at byte ${at}; ${MEND}`
  )

/** Returns the name under which the damaged log of a repair is kept. */
export const asideName = (path: string, number: number): string => `${path}.damaged-${number}`

function findSeal(path: string): Seal | undefined {
  const seals = new Seals(join(dirname(path), 'seals'))
  const seal = seals.find(PINS_SEAL)
  seals.close()
  return seal
}

/** Reads the current pins without a lock. @throws CORRUPT_FORMAT. */
export const readPins = (path: string): Map<string, Pin> => readLog(path).pins

/** As `readPins`, of any number of pins: others run meanwhile. */
export async function readPinsInTurns(
  path: string,
  signal: AbortSignal
): Promise<Map<string, Pin>> {
  const steps = reading(path)
  const turns = new Turns(signal)
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value.pins
    if (turns.isDue) await turns.take()
  }
}

/** The pins of a home, for its owner. Every change is durable when its call returns. */
export class PinLog {
  readonly #path: string
  readonly #pins: Map<string, Pin>
  /** Undefined where the log is only read. */
  readonly #fd: number | undefined
  readonly #seals: SealWriter | undefined
  readonly #generation: number | undefined
  #size: number
  #failed = false

  private constructor(
    path: string,
    { pins, generation }: Log,
    fd: number | undefined,
    seals: SealWriter | undefined
  ) {
    this.#path = path
    this.#seals = seals
    this.#pins = pins
    this.#generation = generation
    this.#fd = fd
    this.#size = fd === undefined ? 0 : fstatSync(fd).size
  }

  /** Opens the log of a home that cannot be written. */
  static readOnly(path: string): PinLog {
    return new PinLog(path, readLog(path), undefined, undefined)
  }

  /**
   * @param warn is called if a torn last line is cut off, or a flipped bit is put right.
   * @param seals holds how much was acknowledged, so that a log that is cut short is noticed.
   */
  static open(path: string, warn: (message: string) => void, seals?: SealWriter): PinLog {
    let log = readLog(path)
    if (log.torn) {
      warn(
        `the pin log ${path} ended in a half-written line, which was never acknowledged; cut off`
      )
      cut(path, log.intact)
    }
    if (log.mended) warn(`the pin log ${path} was damaged in one place, which was put right`)
    const isOld = log.generation === undefined || log.lines > 2 * log.pins.size + 100
    if (log.mended || isOld) {
      compact(path, log.pins)
      log = readLog(path)
    }
    const fd = openOwn(path, 'append')
    fsyncSync(fd)
    fsyncDir(dirname(path))
    const opened = new PinLog(path, log, fd, seals)
    opened.#acknowledge()
    return opened
  }

  get pins(): ReadonlyMap<string, Pin> {
    return this.#pins
  }

  /** Adds pins with one fsync for all. One that is there already gets a new name and type, and keeps its time. */
  add(pins: readonly Pin[]): void {
    const made = pins.map((pin) => sinceFirst(this.#pins, pin))
    this.#append(made.map((pin) => ({ op: 'add', ...pin })))
    for (const pin of made) this.#pins.set(pin.cid, pin)
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
    const bytes = utf8(entries.map(encodeLine).join(''))
    try {
      writeFully(fd, bytes)
      fsyncSync(fd)
      this.#size += bytes.length
      this.#acknowledge()
    } catch (error) {
      this.#undo(fd, error)
    }
  }

  #acknowledge(): void {
    // A log without a generation is one that a full disk kept from being rewritten.
    if (this.#generation === undefined) return
    const state = { size: this.#size, mtimeMs: this.#generation, ctimeMs: 0 }
    this.#seals?.seal([{ id: PINS_SEAL, path: this.#path, state }])
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

function cut(path: string, length: number): void {
  const fd = openOwn(path, 'change')
  try {
    ftruncateSync(fd, length)
  } finally {
    closeSync(fd)
  }
}

/** Returns the bytes of a new log, which has no history. */
export function newLog(pins: ReadonlyMap<string, Pin>): Uint8Array {
  const lines = [...pins.values()].map((pin) => encodeLine({ op: 'add', ...pin }))
  return utf8(encodeGeneration(newId()) + lines.join(''))
}

/** Rewrites a log without its history. It stays as it is on a full disk. */
function compact(path: string, pins: ReadonlyMap<string, Pin>): void {
  try {
    replaceFile(path, newLog(pins))
  } catch (error) {
    if (!isDiskFull(error)) throw error
  }
}
