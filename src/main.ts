#!/usr/bin/env node
/** The program: argv → what to run → exit code. Threads and child processes start here too. */
import { basename } from 'node:path'
import { isMainThread, workerData } from 'node:worker_threads'
import { nodeProblem } from './core/node-version.js'

const problem = nodeProblem()
if (problem !== undefined) {
  process.stderr.write(`${problem}\n`)
  process.exitCode = 1
} else if (!isMainThread) {
  const { runWorker } = await import('./compose/thread.js')
  await runWorker(workerData as never)
} else if (process.argv[2] === 'supervise') {
  const { runSupervisor } = await import('./service/supervise.js')
  process.exitCode = await runSupervisor(process.argv.slice(3))
} else if (process.argv[2] === 'engine') {
  const { runEngine } = await import('./compose/engine.js')
  await runEngine(process.argv.slice(3))
} else {
  const load = async () => (await import('./compose/services.js')).makeServices
  const words = process.argv.slice(2)
  // mount(8) runs a link to this program by the name of a helper.
  if (basename(process.argv[1] ?? '').startsWith('mount.')) {
    const { runMountHelper } = await import('./cli/run-helper.js')
    process.exitCode = await runMountHelper(words, load)
  } else {
    const { runCommand } = await import('./cli/run.js')
    process.exitCode = await runCommand(words, load)
  }
}
