/** A process of SQL, as its owner sees it. */
import { fork, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onAbort } from '../core/abort.js'
import { KitError } from '../core/errors.js'
import type { FromChild, Job, JobAnswer, ToChild } from './messages.js'
import type { Part, SqlWork } from './ports.js'

const PROGRAM = fileURLToPath(new URL('child.js', import.meta.url))
/** A process that does not answer an interrupt by then is killed. */
const GRACE_MS = 1000

export interface JobWork extends SqlWork {
  readonly onPart?: (part: Part) => void
}

interface Running {
  readonly resolve: (answer: JobAnswer) => void
  readonly reject: (error: Error) => void
  readonly work: JobWork
}

export class SqlProcess {
  readonly #child: ChildProcess
  readonly #folder: string
  #running: Running | undefined
  #isOver = false

  /** @param parent a folder in which it makes one for what does not fit in memory. */
  constructor(parent: string) {
    this.#folder = mkdtempSync(join(parent, 'sql-'))
    // Nothing of our environment, in which there may be secrets.
    const env = { HOME: this.#folder, TMPDIR: this.#folder, TZ: 'UTC', LANG: 'C.UTF-8' }
    this.#child = fork(PROGRAM, [], {
      serialization: 'advanced',
      execArgv: [],
      cwd: this.#folder,
      env,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc']
    })
    this.#child.on('message', (message) => this.#hear(message as FromChild))
    this.#child.on('error', () => this.#ended(null))
    this.#child.on('exit', (_, signal) => this.#ended(signal))
    this.#hold(false)
  }

  /** Whether it has ended, or is to be ended, and takes no more jobs. */
  get isOver(): boolean {
    return this.#isOver
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /**
   * Runs one job; there must be no other.
   * @throws what the job failed with, TIMEOUT at the deadline, the reason of the signal.
   */
  async run(job: Job, deadlineMs: number, work: JobWork): Promise<JobAnswer> {
    const { signal } = work
    signal.throwIfAborted()
    let stopped: Error | undefined
    let killer: NodeJS.Timeout | undefined
    const stop = (reason: Error): void => {
      if (stopped !== undefined) return
      stopped = reason
      this.#send({ cancel: true })
      killer = setTimeout(() => this.kill(), GRACE_MS)
    }
    const timer = setTimeout(() => stop(tooLong(deadlineMs)), deadlineMs)
    const release = onAbort(signal, () => stop(signal.reason as Error))
    this.#hold(true)
    try {
      return await new Promise<JobAnswer>((resolve, reject) => {
        this.#running = { resolve, reject, work }
        if (this.#isOver) reject(ended(null))
        this.#send({ job })
      })
    } catch (error) {
      throw stopped ?? error
    } finally {
      this.#running = undefined
      clearTimeout(timer)
      clearTimeout(killer)
      release()
      this.#hold(false)
    }
  }

  /** Ends it, whatever it does, and removes its folder. */
  kill(): void {
    this.#isOver = true
    this.#child.kill('SIGKILL')
    this.#ended('SIGKILL')
  }

  #send(message: ToChild): void {
    if (this.#child.connected) this.#child.send(message, () => undefined)
  }

  #hear(message: FromChild): void {
    const running = this.#running
    if ('progress' in message) running?.work.progress?.(message.progress)
    else if ('part' in message) running?.work.onPart?.(message.part)
    else if ('done' in message) running?.resolve(message.done)
    else {
      // What failed for want of memory leaves it in pieces.
      if (message.failure.code === 'MEMORY_BUDGET') this.#isOver = true
      running?.reject(new KitError(message.failure.code, message.failure.message))
    }
    if (this.#isOver) this.kill()
  }

  #ended(signal: NodeJS.Signals | null): void {
    this.#isOver = true
    this.#running?.reject(ended(signal))
    rmSync(this.#folder, { recursive: true, force: true })
  }

  /** Keeps this process alive for as long as a job runs. */
  #hold(isHeld: boolean): void {
    for (const one of [this.#child, this.#child.channel]) {
      if (isHeld) one?.ref()
      else one?.unref()
    }
  }
}

const tooLong = (ms: number): KitError =>
  new KitError('TIMEOUT', `the statement took longer than ${ms / 1000} s and was ended; give it more time with --timeout`) // prettier-ignore

function ended(signal: NodeJS.Signals | null): KitError {
  if (signal === 'SIGABRT' || signal === 'SIGKILL')
    return new KitError('MEMORY_BUDGET', `the process of the statement was ended (${signal}), as happens for want of memory; ask for less, or allow more with --memory`) // prettier-ignore
  return new KitError('INTERNAL', `the process of the statement ended (${signal ?? 'it could not start'})`) // prettier-ignore
}
