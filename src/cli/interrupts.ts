/**
 * Handles Ctrl-C and its siblings: a command that reads the signal cleans up and then ends by that
 * signal, so that a shell's loop around it stops too.
 */
import { setImmediate as turn } from 'node:timers/promises'
import { abortController } from '../core/abort.js'
import { KitError } from '../core/errors.js'

/** How long a command may take to clean up. */
const MAX_CLEAN_UP_MS = 5000

/** A closed terminal (SIGHUP) must leave no half-made file behind either. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

export class Interrupts {
  readonly #controller = abortController()
  #isListening = false
  #caught: NodeJS.Signals | undefined

  /**
   * Aborted by the first signal; the second one, or too long a clean-up, ends the process. Reading
   * it begins to listen, so a command that never reads it ends at once, as usual.
   */
  get signal(): AbortSignal {
    if (!this.#isListening) for (const name of SIGNALS) process.once(name, () => this.#catch(name))
    this.#isListening = true
    return this.#controller.signal
  }

  #catch(name: NodeJS.Signals): void {
    this.#caught ??= name
    this.#controller.abort(new KitError('ABORTED', 'interrupted'))
    setTimeout(() => this.#endBySignal(), MAX_CLEAN_UP_MS).unref()
  }

  /**
   * Ends this process by the signal that was caught; returns when there was none. A command that
   * was done before it noticed ends so too: the shell asked for the end of the loop around it.
   */
  async finish(): Promise<void> {
    if (!this.#isListening) return
    // A signal that came meanwhile is told when the event loop polls, which it does between two
    // turns, and not always before the first.
    await turn()
    await turn()
    this.#endBySignal()
    for (const name of SIGNALS) process.removeAllListeners(name)
  }

  #endBySignal(): void {
    if (this.#caught !== undefined) endBy(this.#caught)
  }
}

/** Ends this process by a signal, as if nothing had listened to it. */
export function endBy(signal: NodeJS.Signals): void {
  // Node ignores SIGPIPE from the start: taking away the last listener makes it deadly again.
  process.on(signal, () => undefined)
  process.removeAllListeners(signal)
  process.kill(process.pid, signal)
}
