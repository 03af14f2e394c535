/**
 * The gate at which the threads of a mount wait: all of them for the descriptor, the second also
 * until the first has served for a while. A new thread runs cold code; two that take turns would
 * stay cold twice as long, and would decode the same directories twice.
 */

const DESCRIPTOR = 0 // plus one; −1: there will be none
const HELP = 1
const REST = 2
/** Requests that each of the two threads has served, for the other to see whether readers are there. */
const SERVED = 3
const REHEARSED = 5

/** Requests that the first thread serves alone, and the longest wait of the second for them. */
const SOLO_REQUESTS = 3000
const SOLO_MS = 300
/** How long a rehearsal pauses when the other thread has served a request, and at most in all. */
const PAUSE_MS = 2
const MAX_PAUSE_MS = 300

export type GateMemory = SharedArrayBuffer

export const reserveGate = (): GateMemory => new SharedArrayBuffer(24)

/** One thread's view of the gate. */
export class StartGate {
  readonly #words: Int32Array
  #soloLeft = SOLO_REQUESTS
  /** What the other thread had served at the last look. */
  #served = 0
  /** ms that this thread may still wait for readers to pause. */
  #pauseLeft = MAX_PAUSE_MS

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

  /** Waits until the first thread asks for help, at most SOLO_MS. @returns whether it did. */
  waitToHelp(): boolean {
    return Atomics.wait(this.#words, HELP, 0, SOLO_MS) !== 'timed-out'
  }

  /** Counts a request of a thread. After enough of them the first asks for help. */
  countServed(place: number): void {
    this.#words[SERVED + place]! += 1
    if (place === 0 && this.#soloLeft > 0 && --this.#soloLeft === 0) this.#set(HELP, 1)
  }

  /**
   * Makes a thread that rehearses pause while the other one serves readers.
   * @param place index of the thread that rehearses.
   * @returns false when it is needed itself.
   */
  mayRehearse(place: number): boolean {
    for (;;) {
      if (this.isDismissed(place)) return false
      if (place === 1 && Atomics.load(this.#words, HELP) === 1) return false
      const served = Atomics.load(this.#words, SERVED + 1 - place)
      if (served === this.#served) return true
      this.#served = served
      if (this.#pauseLeft <= 0) return false
      this.#pauseLeft -= PAUSE_MS
      Atomics.wait(this.#words, REST, 0, PAUSE_MS)
    }
  }

  /** Lets the first thread rehearse, as the second has. */
  noteRehearsed(): void {
    Atomics.store(this.#words, REHEARSED, 1)
  }

  /** Whether the second thread has rehearsed and serves, so that it can do so alone for a moment. */
  get mayFirstRehearse(): boolean {
    return Atomics.load(this.#words, REHEARSED) === 1 && Atomics.load(this.#words, REST) === 0
  }

  #set(at: number, value: number): void {
    Atomics.store(this.#words, at, value)
    Atomics.notify(this.#words, at)
  }
}
