/** The processes of SQL of one owner: some at a time, kept warm for a while after their last job. */
import { Semaphore } from '../core/semaphore.js'
import type { Job, JobAnswer } from './messages.js'
import type { Inspected, KnownLimits, Part, PartsDone, PartsRequest, Sql, ScriptRequest, SelectRequest, SqlLimits, SqlRows, SqlWork } from './ports.js' // prettier-ignore
import { SqlProcess, type JobWork } from './process.js'

export interface SqlOptions {
  /** Returns the folder, which exists, for what does not fit in memory. */
  readonly folder: () => string
  readonly limits: KnownLimits
  /** Most processes at a time; other statements wait. By default 3. */
  readonly processes?: number
  /** How long a process stays without a job; by default 5 minutes. */
  readonly idleMs?: number
}

/** The time for a look at a text, which takes milliseconds once a process is there. */
const INSPECT_MS = 30_000

export class SqlProcesses implements Sql {
  readonly #options: SqlOptions
  readonly #turns: Semaphore
  /** Those without a job, the one that was used last at the end, each with the timer that ends it. */
  readonly #idle: { readonly process: SqlProcess; readonly timer: NodeJS.Timeout }[] = []
  readonly #busy = new Set<SqlProcess>()
  #isClosed = false

  constructor(options: SqlOptions) {
    this.#options = options
    this.#turns = new Semaphore(options.processes ?? 3)
  }

  /** Starts a process ahead of its first job. */
  warm(): void {
    if (this.#idle.length === 0 && this.#busy.size === 0) this.#rest(this.#start())
  }

  async inspect(sql: string, work: SqlWork): Promise<Inspected> {
    // It takes no turn, as it is over before what runs would give one back.
    return (await this.#runNow({ kind: 'inspect', sql }, INSPECT_MS, work)) as Inspected
  }

  async select(request: SelectRequest, work: SqlWork, limits: SqlLimits = {}): Promise<SqlRows> {
    const all = { ...this.#options.limits, ...limits }
    return (await this.#run({ kind: 'select', request, limits: all }, all.deadlineMs, work)) as SqlRows // prettier-ignore
  }

  async script(request: ScriptRequest, work: SqlWork, limits: SqlLimits = {}): Promise<SqlRows> {
    const all = { ...this.#options.limits, ...limits }
    return (await this.#run({ kind: 'script', request, limits: all }, all.deadlineMs, work)) as SqlRows // prettier-ignore
  }

  /**
   * Writes files as Parquet, and tells of each part when it is there, in any order.
   * @throws as `select`; CORRUPT_FORMAT naming the file and where in it, for one that cannot be read.
   */
  async parts(
    request: PartsRequest,
    onPart: (part: Part) => void,
    work: SqlWork,
    limits: SqlLimits = {}
  ): Promise<PartsDone> {
    // prettier-ignore
    const all = { ...this.#options.limits, ...limits }
    return (await this.#run({ kind: 'parts', request, limits: all }, all.deadlineMs, { ...work, onPart })) as PartsDone // prettier-ignore
  }

  close(): void {
    this.#isClosed = true
    for (const { process, timer } of this.#idle.splice(0)) {
      clearTimeout(timer)
      process.kill()
    }
    for (const process of this.#busy) process.kill()
  }

  #run(job: Job, deadlineMs: number, work: JobWork): Promise<JobAnswer> {
    return this.#turns.run(1, () => this.#runNow(job, deadlineMs, work), work.signal)
  }

  async #runNow(job: Job, deadlineMs: number, work: JobWork): Promise<JobAnswer> {
    const process = this.#take()
    this.#busy.add(process)
    try {
      return await process.run(job, deadlineMs, work)
    } finally {
      this.#busy.delete(process)
      this.#rest(process)
    }
  }

  #take(): SqlProcess {
    for (let last = this.#idle.pop(); last !== undefined; last = this.#idle.pop()) {
      clearTimeout(last.timer)
      if (!last.process.isOver) return last.process
    }
    return this.#start()
  }

  #start(): SqlProcess {
    return new SqlProcess(this.#options.folder())
  }

  #rest(process: SqlProcess): void {
    if (this.#isClosed || process.isOver) return process.kill()
    const timer = setTimeout(
      () => {
        const at = this.#idle.findIndex((one) => one.process === process)
        if (at >= 0) this.#idle.splice(at, 1)
        process.kill()
      },
      this.#options.idleMs ?? 5 * 60_000
    )
    timer.unref()
    this.#idle.push({ process, timer })
  }
}
