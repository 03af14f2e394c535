/**
 * Read-ahead across files: programs that read small files in the order of a listing (tar, cp -r,
 * find | xargs) find the next ones in the kernel's page cache.
 *
 * The serving threads note the small files of each listing, and each file read from its start.
 * A separate thread stores the files that follow, because a store waits for a page whose read is
 * pending, and so must not run on a thread that answers reads.
 */

/** Size of the largest small file; for larger ones the kernel's own read-ahead suffices. */
export const MAX_SMALL = 64 * 1024

const LOG_ENTRIES = 1 << 18
const RING_ENTRIES = 64

// Words of the shared memory: header, ring of reads, log of listings; for each node its place in
// the log, and the generation of the listed inode, because node ids are reused.
const LISTED = 0
const READS = 1
const STOP = 2
const CROWDED = 3
const RING = 16
const LOG = RING + RING_ENTRIES
const PLACES = LOG + LOG_ENTRIES
const PER_NODE = 2

export type SiblingsMemory = SharedArrayBuffer

/** Reserves the shared memory. @param nodes maximum number of nodes of a mount. */
export const reserveSiblings = (nodes: number): SiblingsMemory =>
  new SharedArrayBuffer((PLACES + PER_NODE * (nodes + 1)) * 4)

/** The listings and reads, which the serving threads note for the pusher. */
export class Siblings {
  readonly #words: Int32Array

  constructor(memory: SiblingsMemory) {
    this.#words = new Int32Array(memory)
  }

  /** Notes a small file of a listing, whose node the kernel knows now. */
  noteListed(node: number, generation: number): void {
    const place = Atomics.add(this.#words, LISTED, 1)
    this.#words[LOG + (place & (LOG_ENTRIES - 1))] = node
    this.#words[PLACES + PER_NODE * node] = place + 1
    this.#words[PLACES + PER_NODE * node + 1] = generation
  }

  /** Notes a file read from its start, and wakes the pusher. Files not listed are ignored. */
  noteRead(node: number, generation: number): void {
    const own = PLACES + PER_NODE * node
    if (this.#words[own] === 0 || this.#words[own + 1] !== generation) return
    const at = Atomics.add(this.#words, READS, 1)
    this.#words[RING + (at & (RING_ENTRIES - 1))] = node
    Atomics.notify(this.#words, READS)
  }

  stop(): void {
    Atomics.store(this.#words, STOP, 1)
    Atomics.notify(this.#words, READS)
  }

  get stopped(): boolean {
    return Atomics.load(this.#words, STOP) !== 0
  }

  /** Wakes the pusher, because the table of nodes fills up. */
  noteCrowded(): void {
    Atomics.store(this.#words, CROWDED, 1)
    Atomics.notify(this.#words, READS)
  }

  /** Returns whether that was noted since the last call. */
  takeCrowded(): boolean {
    return Atomics.exchange(this.#words, CROWDED, 0) !== 0
  }

  get #isCrowded(): boolean {
    return Atomics.load(this.#words, CROWDED) !== 0
  }

  /** Number of reads noted. */
  get reads(): number {
    return Atomics.load(this.#words, READS)
  }

  /** Waits until there are more reads than `seen`, or stop() or noteCrowded() was called. */
  waitForReads(seen: number): void {
    while (this.reads === seen && !this.stopped && !this.#isCrowded)
      Atomics.wait(this.#words, READS, seen, 1000)
  }

  /** Returns the place in the log of the n-th read's node, undefined if it was overwritten. */
  placeOfRead(n: number): number | undefined {
    const node = this.#words[RING + (n & (RING_ENTRIES - 1))]!
    const noted = this.#words[PLACES + PER_NODE * node]!
    return noted !== 0 && this.nodeAt(noted - 1) === node ? noted - 1 : undefined
  }

  /** Returns the node listed at a place; 0 beyond the end, or if it was overwritten. */
  nodeAt(place: number): number {
    // Places are counted modulo 2^32.
    const behind = (Atomics.load(this.#words, LISTED) - place) | 0
    if (behind <= 0 || behind > LOG_ENTRIES) return 0
    return this.#words[LOG + (place & (LOG_ENTRIES - 1))]!
  }
}
