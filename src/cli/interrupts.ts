/**
 * Handles Ctrl-C: a command that reads the signal cleans up and then ends by that signal, so that a
 * shell's loop around it stops too.
 */
import { abortController } from '../core/abort.js'
import { KitError } from '../core/errors.js'

/** How long a command may take to clean up. */
const MAX_CLEAN_UP_MS = 5000

export class Interrupts {
  readonly #controller = abortController()
  #isListening = false
  #caught: NodeJS.Signals | undefined

  /**
   * Aborted by the first SIGINT or SIGTERM; the second one, or too long a clean-up, ends the
   * process. Reading it begins to listen, so a command that never reads it ends at once, as usual.
   */
  get signal(): AbortSignal {
    if (!this.#isListening)
      for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => this.#catch(name))
    this.#isListening = true
    return this.#controller.signal
  }

  #catch(name: NodeJS.Signals): void {
    this.#caught = name
    this.#controller.abort(new KitError('ABORTED', 'interrupted'))
    setTimeout(() => this.endBySignal(), MAX_CLEAN_UP_MS).unref()
  }

  /** Ends this process by the signal that was caught; returns when there was none. */
  endBySignal(): void {
    if (this.#caught === undefined) return
    process.removeAllListeners(this.#caught)
    process.kill(process.pid, this.#caught)
  }
}
