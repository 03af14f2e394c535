import t from 'tap'
import { makeLog } from '../../src/core/log.js'
import { BackendWatch } from '../../src/fetch/backend-watch.js'
import type { Metered } from '../../backends/wrap/metered.js'
import { TestClock } from '../support/clock.js'

t.test('a backend that fails is told of once a minute, and when it answers again', async (t) => {
  const lines: string[] = []
  const clock = new TestClock()
  const log = makeLog({ level: 'info', format: 'text', write: (line) => lines.push(line.slice(25).trimEnd()) }) // prettier-ignore
  const watch = new BackendWatch(clock, log)
  const look = (isFailing: boolean): void =>
    watch.look([{ name: 'node', isFailing, metrics: { lastError: 'refused' } } as Metered])
  look(false)
  t.same(lines, [])
  look(true)
  look(true)
  t.same(lines, ['warn  backend node fails: refused'])
  look(false)
  t.same(lines.splice(0), ['warn  backend node fails: refused', 'info  backend node answers again'])
  look(true)
  look(false)
  t.same(lines, [], 'one that comes and goes fills no log')
  clock.advance(60_000)
  look(true)
  look(false)
  t.same(lines, ['warn  backend node fails: refused', 'info  backend node answers again'])
  look(true)
  lines.length = 0
  clock.advance(60_000)
  look(true)
  look(true)
  t.same(lines, ['warn  backend node fails: refused'], 'it is told late that it fails still')
})
