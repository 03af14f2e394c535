import t from 'tap'
import { isJournal, makeLog, type Level, type LogFormat } from '../../src/core/log.js'

const clock = { now: () => 1_700_000_000_123, elapsed: () => 0 }

function logged(format: LogFormat, level: Level = 'info', isJournal = false): string[] {
  const lines: string[] = []
  const log = makeLog({ level, format, isJournal, clock, write: (line) => lines.push(line) })
  log.error('it broke', Object.assign(new Error('why'), { stack: 'Error: why\n    at here' }))
  log.warn('look\nhere')
  log.info('all is well')
  log.debug('details')
  return lines
}

t.test('one line an event, with time and level', async (t) => {
  t.same(logged('text'), [
    '2023-11-14T22:13:20.123Z error it broke: Error: why\\n    at here\n',
    '2023-11-14T22:13:20.123Z warn  look\\nhere\n',
    '2023-11-14T22:13:20.123Z info  all is well\n'
  ])
})

t.test('levels differ', async (t) => {
  t.equal(logged('text', 'error').length, 1)
  t.equal(logged('text', 'warn').length, 2)
  t.equal(logged('text', 'debug').length, 4)
})

t.test('JSON', async (t) => {
  const [first, second] = logged('json').map((line) => JSON.parse(line) as Record<string, string>)
  t.same(first, { time: '2023-11-14T22:13:20.123Z', level: 'error', message: 'it broke', error: 'Error: why\n    at here' }) // prettier-ignore
  t.same(second, { time: '2023-11-14T22:13:20.123Z', level: 'warn', message: 'look\nhere' })
})

t.test('the journal has priorities, and a time of its own', async (t) => {
  t.same(logged('text', 'debug', true).map((line) => line.slice(0, 7)), ['<3>it b', '<4>look', '<6>all ', '<7>deta']) // prettier-ignore
  t.match(logged('json', 'debug', true)[1], /^<4>\{"time"/)
  t.notOk(isJournal(undefined))
  t.notOk(isJournal('0:0'))
})
