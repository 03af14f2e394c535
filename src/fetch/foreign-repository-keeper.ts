/**
 * The fetching thread's side of foreign repositories: publishes their folders, and keeps the blocks
 * that serving threads read there.
 */
import { setImmediate as turn } from 'node:timers/promises'
import type { Log } from '../core/log.js'
import type { Metered } from '../../backends/wrap/metered.js'
import { BlockHandoverRing, type HandedBlock } from './block-handover-ring.js'
import type { ForeignRepositoryMemory } from './foreign-repositories.js'
import type { FetchTools } from './fetch-tools.js'
import { SharedFolders } from './shared-folders.js'

/** Blocks kept before other work of this thread gets its turn, some 5 ms. */
const BLOCKS_PER_TURN = 128

export class ForeignRepositoryKeeper {
  readonly #handover: BlockHandoverRing
  readonly #folders: SharedFolders
  readonly #log: Log
  readonly #keep: (handed: HandedBlock) => void
  #closed = false
  #taking = false

  /** @param keep keeps a verified block. */
  constructor(
    memory: ForeignRepositoryMemory,
    keep: (handed: HandedBlock) => void,
    { log }: Pick<FetchTools, 'log'>
  ) {
    this.#log = log
    this.#handover = new BlockHandoverRing(memory.handover)
    this.#folders = new SharedFolders(memory.folders)
    this.#keep = keep
  }

  /**
   * Tells the other threads which folders they can read themselves, in the order of the backends.
   */
  publishFolders(backends: readonly Metered[]): void {
    this.#folders.publish(
      backends.flatMap(({ name, folder }) =>
        folder === undefined ? [] : [{ folder, backend: name }]
      )
    )
  }

  /**
   * Keeps the waiting blocks if readers are quiet or the ring is nearly full. Call it periodically.
   */
  takeWhenQuiet(): void {
    if (this.#taking || !this.#handover.pollQuiet()) return
    this.#taking = true
    this.#takeInBatches()
      .finally(() => (this.#taking = false))
      .catch(() => undefined)
  }

  /** Keeps a few blocks at a time, because other work waits for this thread too. */
  async #takeInBatches(): Promise<void> {
    while (!this.#closed && this.take(BLOCKS_PER_TURN) === BLOCKS_PER_TURN) await turn()
  }

  /** Keeps waiting blocks, at most `limit`. @returns how many. */
  take(limit = Number.POSITIVE_INFINITY): number {
    let taken = 0
    try {
      for (const handed of this.#handover.take()) {
        this.#keep(handed)
        if (++taken === limit) break
      }
    } catch (error) {
      this.#log.error('a block of a foreign repository cannot be kept', error)
    }
    return taken
  }

  /** Calls `onCrowded` whenever the ring is nearly full, until `close`. */
  async watch(onCrowded: () => void): Promise<void> {
    for (;;) {
      await this.#handover.whenCrowded()
      if (this.#closed) return
      onCrowded()
      // A serving thread that fills the ring as fast as it is emptied must not occupy this thread.
      await turn()
    }
  }

  /** Withdraws the folders from the other threads, and keeps what they have read. */
  close(): void {
    this.#closed = true
    this.#folders.publish([])
    this.#handover.wake()
    this.take()
  }
}
