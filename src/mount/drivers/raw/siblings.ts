/**
 * Reading ahead across files: who reads small files in the order in which their folder lists
 * them (tar, cp -r, find | xargs) finds the next ones in the kernel's page cache already.
 *
 * The serving threads note which small files a listing told, and which is read from its
 * start; a thread of its own stores the following ones. Its own, because a store waits for a
 * page whose read is pending, and so must never run on a thread that answers reads.
 */

/** Larger files are read by the kernel's own read-ahead. */
export const MAX_SMALL = 64 * 1024

const LOG_ENTRIES = 1 << 18
const RING_ENTRIES = 64

// Words of the shared memory: header, ring of reads, log of listings; for each node its place in
// the log, and the generation of the inode that was listed: ids are given to others when they are free.
const LISTED = 0
const READS = 1
const STOP = 2
const RING = 16
const LOG = RING + RING_ENTRIES
const PLACES = LOG + LOG_ENTRIES
const PER_NODE = 2

export type SiblingsMemory = SharedArrayBuffer

/** @param nodes the most nodes a mount has at a time. */
export const reserveSiblings = (nodes: number): SiblingsMemory =>
  new SharedArrayBuffer((PLACES + PER_NODE * (nodes + 1)) * 4)

/** What the serving threads tell, and the storing thread asks. */
export class Siblings {
  readonly #words: Int32Array

  constructor(memory: SiblingsMemory) {
    this.#words = new Int32Array(memory)
  }

  /** A listing told of a small file: the kernel knows its node now. */
  listed(node: number, generation: number): void {
    const place = Atomics.add(this.#words, LISTED, 1)
    this.#words[LOG + (place & (LOG_ENTRIES - 1))] = node
    this.#words[PLACES + PER_NODE * node] = place + 1
    this.#words[PLACES + PER_NODE * node + 1] = generation
  }

  /** A file is read from its start. One that no listing told is of no interest. */
  read(node: number, generation: number): void {
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

  /** How many reads there have been. */
  get reads(): number {
    return Atomics.load(this.#words, READS)
  }

  /** Wait until there are more reads than `seen`, or it is time to stop. */
  waitForReads(seen: number): void {
    while (this.reads === seen && !this.stopped) Atomics.wait(this.#words, READS, seen, 1000)
  }

  /** Place of the node of the n-th read in the log of listings; −1 where it is there no more. */
  placeOfRead(n: number): number {
    const node = this.#words[RING + (n & (RING_ENTRIES - 1))]!
    const place = this.#words[PLACES + PER_NODE * node]! - 1
    return place >= 0 && this.nodeAt(place) === node ? place : -1
  }

  /** The node listed at a place; 0 where nothing is, or something else by now. */
  nodeAt(place: number): number {
    const listed = Atomics.load(this.#words, LISTED)
    if (place >= listed || place < listed - LOG_ENTRIES) return 0
    return this.#words[LOG + (place & (LOG_ENTRIES - 1))]!
  }
}
