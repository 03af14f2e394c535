/**
 * The time that a call may take. It stands still while the call waits because the other side asked
 * for that.
 */

/** A timer that is so late shows that this process stood still: what came meanwhile is not late. */
const STOOD_STILL_MS = 100

/** What is told of how a call goes, by whoever has its signal. */
export type CallTime = Pick<Countdown, 'again' | 'extend' | 'pause' | 'resume'>

/** Times by the signals of their calls. */
const times = new WeakMap<AbortSignal, CallTime>()

/** Has a call tell how it goes. */
export const setCallTime = (signal: AbortSignal, time: CallTime): void =>
  void times.set(signal, time)

/** Has whoever has another signal of a call tell how it goes, too. */
export function shareCallTime(signal: AbortSignal, another: AbortSignal): void {
  const time = times.get(signal)
  if (time !== undefined) setCallTime(another, time)
}

export class Countdown {
  readonly #ms: number
  readonly #onEnd: () => void
  #timer: NodeJS.Timeout | undefined
  #isArmed = false
  #pauses = 0

  constructor(ms: number, onEnd: () => void) {
    this.#ms = ms
    this.#onEnd = onEnd
  }

  /** Lets whoever has the signal of the call pause it. */
  pausableBy(signal: AbortSignal): this {
    setCallTime(signal, this)
    return this
  }

  /** Begins, or begins anew. */
  arm(): void {
    this.#isArmed = true
    clearTimeout(this.#timer)
    if (this.#pauses === 0) this.#wait(this.#ms, this.#ms)
  }

  /** @param spare time that is added at most for what this process stood still. */
  #wait(ms: number, spare: number): void {
    const due = performance.now() + ms
    this.#timer = setTimeout(() => {
      const stood = Math.min(performance.now() - due, spare)
      if (stood > STOOD_STILL_MS) this.#wait(stood, spare - stood)
      else this.#onEnd()
    }, ms)
  }

  /** Begins anew, unless it was ended. */
  again(): void {
    if (this.#isArmed) this.arm()
  }

  disarm(): void {
    this.#isArmed = false
    clearTimeout(this.#timer)
  }

  /** Begins anew where it runs. */
  extend(): void {
    if (this.#isArmed && this.#pauses === 0) this.arm()
  }

  pause(): void {
    this.#pauses++
    clearTimeout(this.#timer)
  }

  resume(): void {
    this.#pauses--
    if (this.#isArmed) this.arm()
  }
}

/** Begins the time of a call anew: the other side has taken a part of what it was sent. */
export const tellProgress = (signal: AbortSignal): void => times.get(signal)?.again()

/** Runs `wait` while the countdown of a call stands still. */
export async function whileTimeStands<T>(signal: AbortSignal, wait: () => Promise<T>): Promise<T> {
  const time = times.get(signal)
  time?.pause()
  try {
    return await wait()
  } finally {
    time?.resume()
  }
}

/** Begins the time of a call anew, because the other side shows that it is at work. */
export const extendTime = (signal: AbortSignal): void => times.get(signal)?.extend()
