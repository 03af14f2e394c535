/** Lets those that replace one file take turns, where the other side refuses or mixes up two at once. */
import { Semaphore } from '../../src/core/semaphore.js'

export class NameTurns {
  readonly #turns = new Map<string, Semaphore>()

  /** Runs `work` while nobody else of this process replaces that file. @throws the signal's reason. */
  async run<T>(name: string, work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const turn = this.#turns.get(name) ?? new Semaphore(1)
    this.#turns.set(name, turn)
    try {
      return await turn.run(1, work, signal)
    } finally {
      if (turn.used === 0 && turn.queued === 0) this.#turns.delete(name)
    }
  }
}
