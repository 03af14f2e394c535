/**
 * Where the threads of a mount wait: all of them until the descriptor is there, the second one until
 * the first has served for a while. A new thread runs cold code; two that take turns would stay
 * cold twice as long, and both decode what their first readers look at.
 */

const DESCRIPTOR = 0 // plus one; −1: there will be none
const HELP = 1

/** Requests that the first thread serves before the second comes to help, and how long it waits at most. */
const ALONE_REQUESTS = 3000
const ALONE_MS = 300

export type GateMemory = SharedArrayBuffer

export const reserveGate = (): GateMemory => new SharedArrayBuffer(8)

export class Gate {
  readonly #words: Int32Array
  #alone = ALONE_REQUESTS

  constructor(memory: GateMemory) {
    this.#words = new Int32Array(memory)
  }

  /** The descriptor is there: lets all threads go. */
  open(fd: number): void {
    this.#set(DESCRIPTOR, fd + 1)
  }

  /** There will be no descriptor, or none any more. */
  close(): void {
    this.#set(DESCRIPTOR, -1)
  }

  /** Waits for the descriptor. @returns undefined where there will be none. */
  pass(): number | undefined {
    Atomics.wait(this.#words, DESCRIPTOR, 0)
    const fd = Atomics.load(this.#words, DESCRIPTOR) - 1
    return fd < 0 ? undefined : fd
  }

  /** Waits until the first thread asks for help, or for a moment. */
  waitToHelp(): void {
    Atomics.wait(this.#words, HELP, 0, ALONE_MS)
  }

  /** For the first thread, after each request: asks for help when it has served enough of them. */
  served(): void {
    if (this.#alone > 0 && --this.#alone === 0) this.#set(HELP, 1)
  }

  #set(at: number, value: number): void {
    Atomics.store(this.#words, at, value)
    Atomics.notify(this.#words, at)
  }
}
