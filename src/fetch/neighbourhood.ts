/** What the fetching thread does about neighbours: says where they are, keeps what others had there. */
import type { Metered } from '../../backends/wrap/metered.js'
import { Arrivals, type Arrival } from './arrivals.js'
import type { NeighbourMemory } from './neighbours.js'
import { SharedFolders } from './shared-folders.js'

export class Neighbourhood {
  readonly #arrivals: Arrivals
  readonly #folders: SharedFolders
  readonly #arrived: (arrival: Arrival) => void
  #closed = false

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
    if (this.#arrivals.isRipe) this.take()
  }

  /** Keep what has come. */
  take(): void {
    for (const arrival of this.#arrivals.take()) this.#arrived(arrival)
  }

  /** Call back whenever it gets crowded, until the end. */
  async watch(crowded: () => void): Promise<void> {
    for (;;) {
      await this.#arrivals.crowded()
      if (this.#closed) return
      crowded()
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
