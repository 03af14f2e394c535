/** Long work in the background, whose progress can be watched, and which can be cancelled. */
import { randomUUID } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { abortController, onAbort } from '../core/abort.js'
import type { Clock } from '../core/clock.js'
import { errorFields } from '../core/envelope.js'
import { KitError, toKitError } from '../core/errors.js'
import type { EventLog } from '../operations/event-log.js'
import type { Run } from '../operations/run.js'

export type JobStatus = 'running' | 'completed' | 'failed' | 'cancelled'

/** A job as it is told, keys as in JSON. */
export interface JobReport {
  readonly id: string
  readonly operation: string
  /** What was asked for: which paths, CIDs, backends; null where that is long. */
  readonly request: object | null
  readonly status: JobStatus
  readonly created_at: string
  readonly finished_at: string | null
  readonly progress: { readonly what: string; readonly done: number; readonly total: number | null } | null // prettier-ignore
  readonly warnings: readonly string[]
  readonly result: object | null
  readonly error: object | null
}

/** Jobs at a time; each may hold a connection to a backend and memory for its transfers. */
const MAX_RUNNING = 16
/** Jobs that have ended and are still told of. */
const MAX_ENDED = 200
/** Characters of the results of those that ended. */
const MAX_SIZE = 64 << 20
const MAX_WARNINGS = 100
/** Characters of a request that is told of. */
const MAX_REQUEST = 4096
/** How often those who watch all events hear of the progress of one job. */
const TELL_EVERY_MS = 1000
/** How often those who watch one job hear of it at most. */
const YIELD_EVERY_MS = 100

interface Job {
  report: JobReport
  readonly cancel: () => void
  /** Characters of its result in JSON. */
  size: number
  /** When its progress was told, by the clock's elapsed milliseconds. */
  toldAt: number
}

export class Jobs {
  readonly #clock: Clock
  readonly #events: EventLog
  readonly #jobs = new Map<string, Job>()
  readonly #changes = new EventEmitter<Record<string, [JobReport]>>()

  constructor(clock: Clock, events: EventLog) {
    this.#clock = clock
    this.#events = events
    this.#changes.setMaxListeners(0)
  }

  /** Starts work. @param request what was asked for. @throws BUSY where too much runs. */
  start(operation: string, request: object, work: (run: Run) => Promise<object>): JobReport {
    const running = this.list().filter(({ status }) => status === 'running').length
    if (running >= MAX_RUNNING)
      throw new KitError('BUSY', `${running} jobs run already; wait for one, or cancel one`)
    const id = randomUUID()
    const end = abortController()
    const cancel = (): void => end.abort(new KitError('ABORTED', 'the job was cancelled'))
    const report: JobReport = {
      id,
      operation,
      request: JSON.stringify(request).length > MAX_REQUEST ? null : request,
      status: 'running',
      created_at: this.#now(),
      finished_at: null,
      progress: null,
      warnings: [],
      result: null,
      error: null
    }
    this.#jobs.set(id, { report, cancel, size: 0, toldAt: this.#clock.elapsed() })
    this.#tell('job_started', report)
    void this.#follow(id, work(this.#runOf(id, end.signal)), end.signal)
    return report
  }

  #now(): string {
    return new Date(this.#clock.now()).toISOString()
  }

  #runOf(id: string, signal: AbortSignal): Run {
    const before = (): JobReport => this.#jobs.get(id)!.report
    return {
      signal,
      progress: ({ what, bytes, total }) => {
        const known = before().progress
        const done = known?.what === what ? known.done + bytes : bytes
        this.#change(id, { progress: { what, done, total: total ?? null } })
      },
      warn: (message) => {
        const { warnings } = before()
        if (warnings.length < MAX_WARNINGS) this.#change(id, { warnings: [...warnings, message] })
      }
    }
  }

  /** Never rejects. */
  async #follow(id: string, work: Promise<object>, signal: AbortSignal): Promise<void> {
    try {
      const result = await work
      this.#change(id, { status: 'completed', result, finished_at: this.#now() })
    } catch (error) {
      const status = signal.aborted ? 'cancelled' : 'failed'
      const told = errorFields(toKitError(error))
      this.#change(id, { status, error: told, finished_at: this.#now() })
    }
    this.#finish(id)
  }

  #change(id: string, changed: Partial<JobReport>): void {
    const job = this.#jobs.get(id)
    if (job === undefined) return
    job.report = { ...job.report, ...changed }
    this.#changes.emit(id, job.report)
    const now = this.#clock.elapsed()
    if (job.report.status !== 'running') this.#tell('job_ended', job.report)
    else if (now - job.toldAt >= TELL_EVERY_MS) {
      job.toldAt = now
      this.#tell('job_progress', job.report)
    }
  }

  #tell(type: 'job_started' | 'job_progress' | 'job_ended', report: JobReport): void {
    const { id, operation, status, progress, error } = report
    const { what = null, done = null, total = null } = progress ?? {}
    const message = error === null ? null : String((error as { error?: unknown }).error)
    this.#events.tell({ type, job: id, operation, status, what, done, total, error: message })
  }

  /** Puts a job behind those that ended before it, and forgets the first of them. */
  #finish(id: string): void {
    const job = this.#jobs.get(id)!
    this.#jobs.delete(id)
    this.#jobs.set(id, job)
    job.size = JSON.stringify(job.report.result ?? null).length
    const ended = [...this.#jobs].filter(([, { report }]) => report.status !== 'running')
    let size = ended.reduce((sum, [, one]) => sum + one.size, 0)
    let count = ended.length
    for (const [other, one] of ended) {
      if ((count <= MAX_ENDED && size <= MAX_SIZE) || other === id) return
      this.#jobs.delete(other)
      size -= one.size
      count--
    }
  }

  /** Returns all of them without their results, the one that ended last at the end. */
  list(): readonly JobReport[] {
    return [...this.#jobs.values()].map(({ report }) => ({ ...report, result: null }))
  }

  /** @throws PATH_NOT_FOUND. */
  get(id: string): JobReport {
    return this.#job(id).report
  }

  #job(id: string): Job {
    const job = this.#jobs.get(id)
    if (job === undefined) throw new KitError('PATH_NOT_FOUND', `there is no job ${id}, or it ended long ago`) // prettier-ignore
    return job
  }

  /** Asks a job to end; one that has ended stays as it is. @throws PATH_NOT_FOUND. */
  cancel(id: string): JobReport {
    const job = this.#job(id)
    if (job.report.status === 'running') job.cancel()
    return job.report
  }

  /** Yields a job whenever it changed, until it or the engine has ended. @throws PATH_NOT_FOUND. */
  async *watch(id: string, signal: AbortSignal): AsyncGenerator<JobReport, void, undefined> {
    let wake: () => void = () => undefined
    const changed = (): void => wake()
    this.#changes.on(id, changed)
    const stop = onAbort(signal, changed)
    const forget = this.#events.onClose(changed)
    try {
      for (let told: JobReport | undefined; !signal.aborted && !this.#events.isClosed;) {
        const next = new Promise<void>((resolve) => (wake = resolve))
        const { report } = this.#job(id)
        if (report !== told) yield report
        told = report
        if (report.status !== 'running') return
        await delay(YIELD_EVERY_MS)
        if (this.#job(id).report === told) await next
      }
    } finally {
      this.#changes.off(id, changed)
      stop()
      forget()
    }
  }

  /** Ends all of them. */
  close(): void {
    for (const { cancel } of this.#jobs.values()) cancel()
  }
}
