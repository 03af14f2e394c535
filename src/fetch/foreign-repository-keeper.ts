/** What the fetching thread does about neighbours: says where they are, keeps what others had there. */
import { setImmediate as turn } from 'node:timers/promises'
import type { Log } from '../core/log.js'
import type { Metered } from '../../backends/wrap/metered.js'
import { BlockHandoverRing, type HandedBlock } from './block-handover-ring.js'
import type { ForeignRepositoryMemory } from './foreign-repositories.js'
import type { FetchTools } from './fetch-tools.js'
import { SharedFolders } from './shared-folders.js'

/** Blocks that are kept before others have their turn: some 5 ms. */
const EACH_TURN = 128

export class ForeignRepositoryKeeper {
  readonly #handover: BlockHandoverRing
  readonly #folders: SharedFolders
  readonly #log: Log
  readonly #arrived: (handed: HandedBlock) => void
  #closed = false
  #taking = false

  /** @param arrived keeps a verified block. */
  constructor(
    memory: ForeignRepositoryMemory,
    arrived: (handed: HandedBlock) => void,
    { log }: Pick<FetchTools, 'log'>
  ) {
    this.#log = log
    this.#handover = new BlockHandoverRing(memory.handover)
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
  takeWhenQuiet(): void {
    if (this.#taking || !this.#handover.pollQuiet()) return
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
      for (const handed of this.#handover.take()) {
        this.#arrived(handed)
        if (++taken === most) break
      }
    } catch (error) {
      this.#log.error('a block of a foreign repository cannot be kept', error)
    }
    return taken
  }

  /** Call back whenever it gets crowded, until the end. */
  async watch(crowded: () => void): Promise<void> {
    for (;;) {
      await this.#handover.crowded()
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
    this.#handover.wake()
    this.take()
  }
}
