/** Moves operations that have ended from the log and from memory to archives. */
import { rm } from 'node:fs/promises'
import type { Clock } from '../core/clock.js'
import { toKitError } from '../core/errors.js'
import type { Log } from '../core/log.js'
import { ArchiveDue } from './archive-due.js'
import { failedToKeep } from './failed-to-keep.js'
import type { Held, HeldOperations } from './held-operations.js'
import { archivePath } from './layout.js'
import type { WriteAheadLog } from './log.js'
import { isFinished } from './operation-record.js'
import { writeArchive } from './write-archive.js'

/** Operations that are carried to the end of the log before others have a turn. */
const CARRIED_AT_ONCE = 1000

export interface ArchiveTools {
  readonly clock: Clock
  readonly log: Pick<Log, 'warn'>
  /** Finished operations from which on they are archived. */
  readonly archiveAt?: number | undefined
}

export class OperationArchive {
  readonly #wal: WriteAheadLog
  readonly #tools: ArchiveTools
  readonly #held: HeldOperations
  readonly #due: ArchiveDue
  readonly #append: (held: Held) => Promise<void>
  #archiving: Promise<void> | undefined

  /**
   * @param from LSN from which on the log has what the archives lack.
   * @param append writes the state of an operation once more.
   */
  constructor(
    wal: WriteAheadLog,
    tools: ArchiveTools,
    held: HeldOperations,
    from: number,
    append: (held: Held) => Promise<void>
  ) {
    this.#wal = wal
    this.#tools = tools
    this.#held = held
    this.#due = new ArchiveDue(wal, from, tools.archiveAt)
    this.#append = append
  }

  archiveIfMany(): void {
    if (!this.#due.isDue(this.#held.finished) || this.#archiving !== undefined) return
    this.archive().catch((error: unknown) => {
      this.#tools.log.warn(`finished operations stay in the log: ${toKitError(error).message}`)
    })
  }

  /**
   * Archives what is finished, but failed operations that may be retried, and removes segments that
   * nobody needs any more. @throws NO_SPACE, IO and the like, having lost nothing.
   */
  archive(): Promise<void> {
    const before = this.#archiving?.catch(() => undefined)
    const archiving = Promise.resolve(before)
      .then(() => this.#archive())
      .finally(() => {
        if (this.#archiving === archiving) this.#archiving = undefined
      })
    this.#archiving = archiving
    return archiving
  }

  /**
   * What stays is first written once more, behind the LSN that names the archive. From the moment at
   * which the archive has its name, a replay begins behind that LSN: everything is found once.
   */
  async #archive(): Promise<void> {
    const through = this.#wal.end
    const kept = failedToKeep(this.#held.all(), this.#tools.clock.now())
    const gone = this.#held
      .all()
      .filter(
        (held) =>
          held.writing === 0 && held.lsn <= through && isFinished(held.record) && !kept.has(held)
      )
    if (gone.length === 0 && !this.#due.holdsMany) return
    for (const held of gone) this.#held.remove(held)
    const path = archivePath(this.#wal.folder, through)
    try {
      await this.#carry(through)
      await writeArchive({ path, records: gone.map(({ record }) => record) })
    } catch (error) {
      for (const held of gone) this.#held.add(held)
      this.#due.failed(this.#held.finished)
      // One that got its name, but may not be durable, would have them twice.
      await rm(path).catch(() => undefined)
      throw error
    }
    this.#due.done(through + 1, kept.size)
    await this.#wal.prune()
  }

  /**
   * Writes behind an LSN what has no durable state there. A state that is being written is not waited for,
   * but written once more: what comes after it in the log is durable after it.
   */
  async #carry(through: number): Promise<void> {
    const all = this.#held.all()
    for (let i = 0; i < all.length; i += CARRIED_AT_ONCE) {
      const part = all.slice(i, i + CARRIED_AT_ONCE).filter(({ lsn }) => lsn <= through)
      await Promise.all(part.map((held) => this.#append(held)))
    }
  }

  /** Waits for an archive that is being written. */
  async close(): Promise<void> {
    await this.#archiving?.catch(() => undefined)
  }
}
