/**
 * Blocks that serving threads had from somewhere themselves, on their way to the thread that
 * keeps the cache: a ring of bytes in shared memory.
 */
import { EMPTY, textOf, utf8 } from '../core/bytes.js'
import { Cid } from '../core/cid.js'
import { withLock } from '../core/spin-lock.js'

const ROOM = 8 << 20
/** From here on the keeper is woken; else he comes when it is quiet. */
const CROWDED = (ROOM * 3) / 4
/** As many entries, whatever their sizes: each costs its keeper some 30 us. */
const MAX_ENTRIES = 4096
const CROWDED_ENTRIES = (MAX_ENTRIES * 3) / 4

// Words ahead of the ring; the counts of bytes run on for ever, modulo 2^32.
const LOCK = 0
const WRITTEN = 1
const TAKEN = 2
const WAKE = 3
const ENTRIES = 4
const HEADER = 64
/** Lengths ahead of each entry: of all of it, of the CID, of the name, of the block. */
const ENTRY = 16
/** Stands for the rest of the ring, where an entry did not fit. */
const SKIP = 0

export type BlockHandoverMemory = SharedArrayBuffer

export const reserveBlockHandover = (): BlockHandoverMemory => new SharedArrayBuffer(HEADER + ROOM)

export interface HandedBlock {
  readonly cid: Cid
  /** Verified. */
  readonly block: Uint8Array
  /** Who had it. */
  readonly backend: string
}

export class BlockHandoverRing {
  readonly #words: Int32Array
  readonly #lengths: Int32Array
  readonly #ring: Uint8Array
  #lastWritten = 0
  #name: { readonly text: string; readonly bytes: Uint8Array } = { text: '', bytes: EMPTY }

  constructor(memory: BlockHandoverMemory) {
    this.#words = new Int32Array(memory, 0, HEADER / 4)
    this.#lengths = new Int32Array(memory, HEADER)
    this.#ring = new Uint8Array(memory, HEADER)
  }

  /** Bytes that wait to be taken. */
  get waiting(): number {
    return (Atomics.load(this.#words, WRITTEN) - Atomics.load(this.#words, TAKEN)) >>> 0
  }

  /**
   * Hand over a verified block.
   * @param backend who had it.
   * @returns false where there is no room for it now.
   */
  add(cid: Cid, block: Uint8Array, backend: string): boolean {
    const name = this.#nameOf(backend)
    const length = (ENTRY + cid.bytes.length + name.length + block.length + 7) & ~7
    const added = withLock(this.#words, LOCK, () => {
      const written = this.#words[WRITTEN]! >>> 0
      let at = written % ROOM
      const rest = ROOM - at
      const skipped = rest < length ? rest : 0
      if (this.waiting + skipped + length > ROOM || this.#entries >= MAX_ENTRIES) return false
      if (skipped > 0) {
        this.#lengths[at / 4] = SKIP
        at = 0
      }
      const word = at / 4
      this.#lengths[word] = length
      this.#lengths[word + 1] = cid.bytes.length
      this.#lengths[word + 2] = name.length
      this.#lengths[word + 3] = block.length
      this.#ring.set(cid.bytes, at + ENTRY)
      this.#ring.set(name, at + ENTRY + cid.bytes.length)
      this.#ring.set(block, at + ENTRY + cid.bytes.length + name.length)
      Atomics.add(this.#words, ENTRIES, 1)
      Atomics.store(this.#words, WRITTEN, (written + skipped + length) | 0)
      return true
    })
    if (this.#isCrowded) this.wake()
    return added
  }

  get #entries(): number {
    return Atomics.load(this.#words, ENTRIES)
  }

  get #isCrowded(): boolean {
    return this.waiting >= CROWDED || this.#entries >= CROWDED_ENTRIES
  }

  /** Few and seldom changing: encoded once. */
  #nameOf(backend: string): Uint8Array {
    if (this.#name.text !== backend) this.#name = { text: backend, bytes: utf8(backend) }
    return this.#name.bytes
  }

  /** Let the keeper come now. */
  wake(): void {
    Atomics.store(this.#words, WAKE, 1)
    Atomics.notify(this.#words, WAKE)
  }

  /** For the keeper: resolves when it is time to come. */
  async crowded(): Promise<void> {
    await Atomics.waitAsync(this.#words, WAKE, 0).value
    Atomics.store(this.#words, WAKE, 0)
  }

  /**
   * For the keeper: whether it is time to take, remembering how much there is now. Readers go first,
   * as keeping a block costs as much as reading it: it is time when no more has come since the last
   * call, or when there is little room left.
   */
  pollQuiet(): boolean {
    const written = Atomics.load(this.#words, WRITTEN)
    const isQuiet = written === this.#lastWritten
    this.#lastWritten = written
    return isQuiet || this.#isCrowded
  }

  /** For the keeper, who is one: what has come since the last time. */
  *take(): Generator<HandedBlock, void, undefined> {
    const written = Atomics.load(this.#words, WRITTEN)
    while (this.#words[TAKEN] !== written) {
      const taken = this.#words[TAKEN]! >>> 0
      const at = taken % ROOM
      const length = this.#lengths[at / 4]!
      if (length === SKIP) {
        Atomics.store(this.#words, TAKEN, (taken + ROOM - at) | 0)
        continue
      }
      const handed = this.#entry(at)
      Atomics.sub(this.#words, ENTRIES, 1)
      Atomics.store(this.#words, TAKEN, (taken + length) | 0)
      yield handed
    }
  }

  /** A copy: its room is given away as soon as it is taken. */
  #entry(at: number): HandedBlock {
    const [cid, name, block] = this.#lengths.subarray(at / 4 + 1, at / 4 + 4)
    const from = at + ENTRY
    const part = (start: number, length: number): Uint8Array => {
      const bytes = new Uint8Array(length)
      bytes.set(this.#ring.subarray(start, start + length))
      return bytes
    }
    return {
      cid: Cid.decode(part(from, cid!)),
      backend: textOf(part(from + cid!, name!)) ?? '',
      block: part(from + cid! + name!, block!)
    }
  }
}
