/**
 * The log of a home, for its owner: opened when it is first needed, since few commands do, and again
 * after a write failed, as by then the disk may have room.
 */
import type { Clock } from '../core/clock.js'
import type { Log } from '../core/log.js'
import { logFolder } from '../wal/layout.js'
import type { WriteAheadLog } from '../wal/log.js'
import type { OperationLog } from '../wal/operation-log.js'

export interface HomeLogTools {
  readonly clock: Clock
  readonly log: Pick<Log, 'warn'>
  /** Returns a number from 0 to 1. */
  readonly random: () => number
}

/** Both write to the same files; after a failed write they are of no use, and `open` gives new ones. */
export interface OpenHomeLog {
  readonly wal: WriteAheadLog
  readonly operations: OperationLog
}

export class HomeLog {
  readonly #folder: string
  readonly #tools: HomeLogTools
  #opened: Promise<OpenHomeLog> | undefined
  #current: OpenHomeLog | undefined

  constructor(home: string, tools: HomeLogTools) {
    this.#folder = logFolder(home)
    this.#tools = tools
  }

  get clock(): Clock {
    return this.#tools.clock
  }

  warn(message: string): void {
    this.#tools.log.warn(message)
  }

  /** Opens the log; calls after the first share it. @throws CORRUPT_FORMAT, UNSUPPORTED, READ_ONLY, IO. */
  open(): Promise<OpenHomeLog> {
    if (this.#current?.wal.failure !== undefined) this.#opened = this.#reopen(this.#current)
    this.#opened ??= this.#open()
    return this.#opened
  }

  async #open(): Promise<OpenHomeLog> {
    try {
      const [{ WriteAheadLog }, { OperationLog }] = await Promise.all([
        import('../wal/log.js'),
        import('../wal/operation-log.js')
      ])
      const wal = await WriteAheadLog.open(this.#folder, this.#tools)
      try {
        this.#current = { wal, operations: await OperationLog.open(wal, this.#tools) }
        return this.#current
      } catch (error) {
        await wal.close()
        throw error
      }
    } catch (error) {
      this.#opened = undefined
      throw error
    }
  }

  #reopen(failed: OpenHomeLog): Promise<OpenHomeLog> {
    this.#current = undefined
    return close(failed).then(() => this.#open())
  }

  /** Whether it was ever opened, so that closing has something to wait for. */
  get isOpen(): boolean {
    return this.#opened !== undefined
  }

  /** Waits for what is being written, and closes. Never rejects. */
  async close(): Promise<void> {
    const opened = await this.#opened?.catch(() => undefined)
    this.#opened = undefined
    this.#current = undefined
    if (opened !== undefined) await close(opened)
  }
}

async function close({ wal, operations }: OpenHomeLog): Promise<void> {
  await operations.close()
  await wal.close().catch(() => undefined)
}
