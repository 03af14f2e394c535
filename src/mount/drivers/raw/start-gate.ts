/**
 * The gate at which the threads of a mount wait: all of them for the descriptor, the second also
 * until the first has served for a while. A new thread runs cold code; two that take turns would
 * stay cold twice as long, and would decode the same directories twice.
 */

const DESCRIPTOR = 0 // plus one; −1: there will be none
const HELP = 1
const REST = 2

/** Requests that the first thread serves alone, and the longest wait of the second for them. */
const SOLO_REQUESTS = 3000
const SOLO_MS = 300

export type GateMemory = SharedArrayBuffer

export const reserveGate = (): GateMemory => new SharedArrayBuffer(12)

/** One thread's view of the gate. */
export class StartGate {
  readonly #words: Int32Array
  #soloLeft = SOLO_REQUESTS

  constructor(memory: GateMemory) {
    this.#words = new Int32Array(memory)
  }

  /** Passes the descriptor to all threads. */
  open(fd: number): void {
    this.#set(DESCRIPTOR, fd + 1)
  }

  /** Releases the threads that wait, and ends the others when they have been woken. */
  close(): void {
    this.#set(DESCRIPTOR, -1)
  }

  /** Ends the second thread when it has been woken. */
  rest(): void {
    this.#set(REST, 1)
  }

  /** Whether a thread is to end. @param place its index among the serving threads. */
  isDismissed(place: number): boolean {
    return this.isClosed || (place === 1 && Atomics.load(this.#words, REST) === 1)
  }

  get isClosed(): boolean {
    return Atomics.load(this.#words, DESCRIPTOR) < 0
  }

  /** Waits for the descriptor. @returns undefined if the gate was closed. */
  pass(): number | undefined {
    Atomics.wait(this.#words, DESCRIPTOR, 0)
    const fd = Atomics.load(this.#words, DESCRIPTOR) - 1
    return fd < 0 ? undefined : fd
  }

  /** Waits until the first thread asks for help, at most SOLO_MS. */
  waitToHelp(): void {
    Atomics.wait(this.#words, HELP, 0, SOLO_MS)
  }

  /** Counts a request of the first thread, and asks for help after enough of them. */
  countServed(): void {
    if (this.#soloLeft > 0 && --this.#soloLeft === 0) this.#set(HELP, 1)
  }

  #set(at: number, value: number): void {
    Atomics.store(this.#words, at, value)
    Atomics.notify(this.#words, at)
  }
}
