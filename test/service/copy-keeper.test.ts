/** The keeper of copies in the engine: what a round does, and what it tells. */
import t from 'tap'
import { TestClock } from '../support/clock.js'
import { KitError } from '../../src/core/errors.js'
import { CopyKeeper, NOTHING, type Round } from '../../src/service/copy-keeper.js'

function keeper(
  sync: () => Promise<Round>,
  verify = async () => NOTHING,
  move = async () => NOTHING
) {
  const clock = new TestClock()
  const said: string[] = []
  const tell = (level: string) => (message: string) => void said.push(`${level}: ${message}`)
  const log = { info: tell('info'), warn: tell('warn'), debug: tell('debug') }
  return { said, clock, keeper: new CopyKeeper({ sync, verify, move, clock, log }) }
}

t.test('a round with nothing to do says nothing', async (t) => {
  const { said, keeper: own } = keeper(async () => NOTHING)
  t.equal(await own.look(), false)
  t.same(said, [])
})

t.test('what was stored and what fails is told', async (t) => {
  const { said, keeper: own } = keeper(
    async () => ({ stored: 2, failures: ['x on nas: gone'] }),
    async () => ({ stored: 0, failures: ['y on nas: missing'] })
  )
  t.equal(await own.look(), true)
  t.same(said, [
    'info: stored 2 copies of pins that backends lacked',
    'warn: 2 copies of pins are not as they should be: x on nas: gone'
  ])
})

t.test('what is to move is looked for once an hour', async (t) => {
  let moves = 0
  const {
    said,
    clock,
    keeper: own
  } = keeper(
    async () => NOTHING,
    async () => NOTHING,
    async () => ({ stored: ++moves, failures: [] })
  )
  await own.look()
  await own.look()
  t.same(said, ['info: moved 1 copies of pins to other backends'])
  clock.advance(3_600_000)
  await own.look()
  t.equal(moves, 2)
})

t.test('what has failed for good is tried in the first round alone', async (t) => {
  const first: boolean[] = []
  const { clock } = keeper(async () => NOTHING)
  const quiet = { info: () => undefined, warn: () => undefined, debug: () => undefined }
  const sync = async (_: AbortSignal, isFirst: boolean): Promise<Round> => {
    first.push(isFirst)
    if (first.length === 1) throw new KitError('LOCKED', 'in use')
    return NOTHING
  }
  const own = new CopyKeeper({ sync, verify: async () => NOTHING, move: async () => NOTHING, clock, log: quiet }) // prettier-ignore
  for (let i = 0; i < 3; i++) await own.look()
  t.same(first, [true, true, false], 'a round that could not begin is none')
})

t.test('a round that fails is tried later', async (t) => {
  const { said, keeper: own } = keeper(() => Promise.reject(new KitError('LOCKED', 'in use')))
  t.equal(await own.look(), true)
  t.same(said, ['debug: copies of pins are looked at later: in use'])
})

t.test('it ends when the engine does, in the middle of a round', async (t) => {
  let begin: () => void = () => undefined
  const begun = new Promise<void>((resolve) => (begin = resolve))
  const own = new CopyKeeper({
    sync: (signal) =>
      new Promise((_, reject) => {
        begin()
        signal.addEventListener('abort', () => reject(signal.reason as Error))
      }),
    verify: async () => NOTHING,
    move: async () => NOTHING,
    clock: new TestClock(),
    log: { info: () => undefined, warn: () => undefined, debug: () => undefined }
  })
  const round = own.look()
  await begun
  await own.stop()
  await t.rejects(round, { code: 'ABORTED' })
})
