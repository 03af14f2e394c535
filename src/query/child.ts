/**
 * The process in which DuckDB runs: one job at a time, each in an instance of its own. It is killed
 * when it does not heed an interrupt, and ends by itself when its owner is gone.
 */
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api'
import { sqlFailure } from './failure.js'
import { passGate } from './gate.js'
import type { JobScope } from './job-scope.js'
import { limitFiles, limitMemory } from './process-limits.js'
import type { FromChild, Job, JobAnswer, ToChild } from './messages.js'
import { runParts } from './run-parts.js'
import { runScript } from './run-script.js'
import { runSelect } from './run-select.js'

const PROGRESS_MS = 250

const temporary = process.cwd()
const send = (message: FromChild): void => void process.send?.(message)

/** The statement that runs. */
let running: DuckDBConnection | undefined
let isCancelled = false
let gate: DuckDBConnection | undefined
let afterwards: (() => void)[] = []

/** Returns the connection that parses: one without files or extensions. */
async function gateConnection(): Promise<DuckDBConnection> {
  if (gate !== undefined) return gate
  const config = { enable_external_access: 'false', lock_configuration: 'true', threads: '1' }
  const instance = await DuckDBInstance.create(':memory:', config)
  gate = await instance.connect()
  return gate
}

const scope: JobScope = {
  temporary,
  started: (connection) => {
    running = connection
    if (isCancelled) connection.interrupt()
  },
  afterwards: (work) => void afterwards.push(work)
}

async function run(job: Job): Promise<JobAnswer> {
  if (job.kind === 'inspect') {
    const { tables, isVolatile } = await passGate(await gateConnection(), job.sql)
    return { tables, isVolatile }
  }
  const parser = await gateConnection()
  limitMemory(job.limits.memoryBytes)
  limitFiles(job.limits.maxFileBytes)
  if (job.kind === 'script') return await runScript(job.request, job.limits, scope)
  if (job.kind === 'parts')
    return await runParts(job.request, job.limits, scope, (part) => send({ part }))
  return await runSelect(parser, job.request, job.limits, scope)
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

// An interrupt of the terminal is meant for the owner, which cancels.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined)
process.on('disconnect', () => {
  rmSync(temporary, { recursive: true, force: true })
  // A statement that runs would hold up an orderly end.
  process.kill(process.pid, 'SIGKILL')
})
