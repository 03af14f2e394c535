/** Ctrl-C: a command that listens cleans up, and then ends by the signal, so that a loop around it stops too. */
import { abortController } from '../core/abort.js'
import { KitError } from '../core/errors.js'

/** How long a command may take to clean up. */
const CLEAN_UP_MS = 5000

export class Interrupts {
  readonly #controller = abortController()
  #isListening = false
  #caught: NodeJS.Signals | undefined

  /** Aborted by the first signal. The second, or time, ends the command. */
  get signal(): AbortSignal {
    if (!this.#isListening)
      for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => this.#catch(name))
    this.#isListening = true
    return this.#controller.signal
  }

  #catch(name: NodeJS.Signals): void {
    this.#caught = name
    this.#controller.abort(new KitError('ABORTED', 'interrupted'))
    setTimeout(() => this.endByThem(), CLEAN_UP_MS).unref()
  }

  /** Ends this process by the signal that was caught; nothing happens where none was. */
  endByThem(): void {
    if (this.#caught === undefined) return
    process.removeAllListeners(this.#caught)
    process.kill(process.pid, this.#caught)
  }
}
