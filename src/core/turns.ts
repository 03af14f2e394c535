/**
 * Long work in turns: others, signal handlers among them, run between its steps. One step runs in
 * each turn of the event loop, however many pieces of long work there are.
 */
import { setImmediate as turn } from 'node:timers/promises'

/** Milliseconds of work before the event loop gets a turn. */
const MAX_WORK = 5

/** The turn that was promised last. */
let last: Promise<void> = Promise.resolve()

/** Resolves in a turn of the event loop that no other caller has. */
export function nextTurn(): Promise<void> {
  last = last.then(() => turn())
  return last
}

/** Gives the event loop a turn whenever it has waited long enough. */
export class Turns {
  readonly #signal: AbortSignal
  #started = performance.now()

  /** @throws the reason of a signal that is aborted already. */
  constructor(signal: AbortSignal) {
    signal.throwIfAborted()
    this.#signal = signal
  }

  /** Returns whether `take` is due. */
  get isDue(): boolean {
    return performance.now() - this.#started > MAX_WORK
  }

  /** Lets others run. @throws the reason of the signal if it is aborted by then. */
  async take(): Promise<void> {
    await nextTurn()
    this.#signal.throwIfAborted()
    this.#started = performance.now()
  }
}

/** Yields the items of a long walk in turns. @throws the reason of the signal once it is aborted. */
export async function* inTurns<T>(
  items: Iterable<T>,
  signal: AbortSignal
): AsyncGenerator<T, void, undefined> {
  const turns = new Turns(signal)
  for (const item of items) {
    if (turns.isDue) await turns.take()
    yield item
  }
  await turns.take()
}
