/**
 * The process in which DuckDB runs: one job at a time, each in an instance of its own. It is killed
 * when it does not heed an interrupt, and ends by itself when its owner is gone.
 */
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { sqlFailure } from './failure.js'
import { Gate } from './gate.js'
import type { JobScope } from './job-scope.js'
import { limitFiles, limitMemory } from './process-limits.js'
import type { FromChild, Job, JobAnswer, ToChild } from './messages.js'
import { runParts } from './run-parts.js'
import { runScript } from './run-script.js'
import { runSelect } from './run-select.js'
import { openBareInstance, type BareInstance } from './sandbox.js'

const PROGRESS_MS = 250

const temporary = process.cwd()
const send = (message: FromChild): void => void process.send?.(message)

const gate = new Gate()
/** The statement that runs. */
let running: DuckDBConnection | undefined
let isCancelled = false
let afterwards: (() => void)[] = []
/** The instance of the next job, which is made while nobody waits. */
let next: Promise<BareInstance> | undefined

function makeNext(): void {
  next ??= openBareInstance(temporary)
  // The job that takes it is told.
  next.catch(() => undefined)
}

function takeNext(): Promise<BareInstance> {
  makeNext()
  const taken = next!
  next = undefined
  return taken
}

const scope: JobScope = {
  temporary,
  instance: takeNext,
  started: (connection) => {
    running = connection
    if (isCancelled) connection.interrupt()
  },
  afterwards: (work) => void afterwards.push(work)
}

async function run(job: Job): Promise<JobAnswer> {
  if (job.kind === 'inspect') {
    const { tables, isVolatile } = await gate.pass(job.sql)
    return { tables, isVolatile }
  }
  limitMemory(job.limits.memoryBytes)
  limitFiles(job.limits.maxFileBytes)
  if (job.kind === 'script') return await runScript(job.request, job.limits, scope)
  if (job.kind === 'parts')
    return await runParts(job.request, job.limits, scope, (part) => send({ part }))
  return await runSelect(await gate.pass(job.request.sql), job.request, job.limits, scope)
}

async function answer(job: Job): Promise<void> {
  isCancelled = false
  const timer = setInterval(tellProgress, PROGRESS_MS)
  try {
    const done = await run(job)
    running = undefined
    send({ done })
  } catch (error) {
    running = undefined
    const { code, message } = sqlFailure(error)
    send({ failure: { code, message } })
  } finally {
    clearInterval(timer)
    const last = afterwards
    afterwards = []
    for (const work of last) work()
    empty()
    makeNext()
  }
}

function tellProgress(): void {
  const percentage = running?.progress.percentage ?? -1
  if (percentage > 0) send({ progress: Math.min(percentage / 100, 1) })
}

function empty(): void {
  for (const name of readdirSync(temporary)) rmSync(join(temporary, name), { recursive: true, force: true }) // prettier-ignore
}

process.on('message', (message: ToChild) => {
  if ('job' in message) return void answer(message.job)
  isCancelled = true
  running?.interrupt()
})

makeNext()
gate.open()

// An interrupt of the terminal is meant for the owner, which cancels.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined)
process.on('disconnect', () => {
  rmSync(temporary, { recursive: true, force: true })
  // A statement that runs would hold up an orderly end.
  process.kill(process.pid, 'SIGKILL')
})
