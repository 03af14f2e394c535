/** What the fetching thread does about neighbours: says where they are, keeps what others had there. */
import { setImmediate as turn } from 'node:timers/promises'
import type { Metered } from '../../backends/wrap/metered.js'
import { Arrivals, type Arrival } from './arrivals.js'
import type { NeighbourMemory } from './neighbours.js'
import { SharedFolders } from './shared-folders.js'

/** Blocks that are kept before others have their turn: some 5 ms. */
const EACH_TURN = 128

export class Neighbourhood {
  readonly #arrivals: Arrivals
  readonly #folders: SharedFolders
  readonly #arrived: (arrival: Arrival) => void
  #closed = false
  #taking = false

  /** @param arrived keeps a verified block. */
  constructor(memory: NeighbourMemory, arrived: (arrival: Arrival) => void) {
    this.#arrivals = new Arrivals(memory.arrivals)
    this.#folders = new SharedFolders(memory.folders)
    this.#arrived = arrived
  }

  /** Tell the other threads where they can read by themselves, in the order of the backends. */
  tell(backends: readonly Metered[]): void {
    this.#folders.publish(
      backends.flatMap(({ name, folder }) =>
        folder === undefined ? [] : [{ folder, backend: name }]
      )
    )
  }

  /** Keep what has come, if readers are quiet or it gets crowded. To be called now and then. */
  attend(): void {
    if (this.#taking || !this.#arrivals.isRipe) return
    this.#taking = true
    this.#takeInTurns()
      .finally(() => (this.#taking = false))
      .catch(() => undefined)
  }

  /** A few at a time: others wait for this thread, too. */
  async #takeInTurns(): Promise<void> {
    while (!this.#closed && this.take(EACH_TURN) === EACH_TURN) await turn()
  }

  /**
   * Keep what has come.
   * @param most of it.
   * @returns how much that was.
   */
  take(most = Number.POSITIVE_INFINITY): number {
    let taken = 0
    try {
      for (const arrival of this.#arrivals.take()) {
        this.#arrived(arrival)
        if (++taken === most) break
      }
    } catch (error) {
      console.error('what was read beside cannot be kept', error)
    }
    return taken
  }

  /** Call back whenever it gets crowded, until the end. */
  async watch(crowded: () => void): Promise<void> {
    for (;;) {
      await this.#arrivals.crowded()
      if (this.#closed) return
      crowded()
      // Whoever fills it as fast as it is emptied must not have this thread for himself.
      await turn()
    }
  }

  /** Nobody reads there any more; what was had is kept. */
  close(): void {
    this.#closed = true
    this.#folders.publish([])
    this.#arrivals.wake()
    this.take()
  }
}
