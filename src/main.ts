#!/usr/bin/env node
/** The program: argv → what to run → exit code. Threads and child processes start here too. */
import { isMainThread, workerData } from 'node:worker_threads'

if (!isMainThread) {
  const { serveThread } = await import('./compose.js')
  serveThread(workerData as never)
} else if (process.argv[2] === 'engine' || process.argv[2] === 'supervise') {
  const { runEngine, runSupervisor } = await import('./compose.js')
  const run = process.argv[2] === 'engine' ? runEngine : runSupervisor
  process.exitCode = await run(process.argv.slice(3))
} else {
  const { runCommand } = await import('./cli/run.js')
  const { services } = await import('./compose.js')
  process.exitCode = await runCommand(process.argv.slice(2), services)
}
