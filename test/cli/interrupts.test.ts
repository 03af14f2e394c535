/** Signals at every moment of a command end the process as they would without a listener. */
import t from 'tap'
import { runProgram } from '../support/cli.js'
import { ROOT } from '../support/paths.js'

const runs = (script: string) =>
  runProgram(process.execPath, [
    '--input-type=module',
    '-e',
    `import { Interrupts } from '${ROOT}dist/src/cli/interrupts.js'
const interrupts = new Interrupts()
${script}`
  ])

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  const kill = `process.kill(process.pid, '${signal}')`
  t.test(`${signal} in the last turn of the event loop is not lost`, async (t) => {
    const ended = await runs(`void interrupts.signal; ${kill}; await interrupts.finish()`)
    t.equal(ended.signal, signal, 'threats 61')
  })
  t.test(`${signal} aborts what runs, and ends the process once that has cleaned up`, async (t) => {
    const ended = await runs(
      `const { signal } = interrupts
setInterval(() => undefined, 1000) // Work that keeps the process alive.
setTimeout(() => ${kill}, 1)
await new Promise((resolve) => signal.addEventListener('abort', resolve))
console.log('cleaned up', signal.reason.code)
await interrupts.finish()
console.log('never')`
    )
    t.same([ended.signal, ended.stdout.toString()], [signal, 'cleaned up ABORTED\n'])
  })
  t.test(`${signal} before anything listens, and after all is done, ends it at once`, async (t) => {
    t.equal((await runs(`${kill}; console.log('never')`)).signal, signal)
    const late = `void interrupts.signal; await interrupts.finish(); ${kill}; await new Promise((resolve) => setTimeout(resolve, 9e5))` // prettier-ignore
    t.equal((await runs(late)).signal, signal)
  })
}
