import t from 'tap'
import { KitError } from '../../src/core/errors.js'
import { makeLog } from '../../src/core/log.js'
import { Failures, reserveFailures } from '../../src/mount/failures.js'
import { TestClock } from '../support/clock.js'

function setUp() {
  const lines: string[] = []
  const clock = new TestClock()
  const memory = reserveFailures()
  const log = makeLog({ level: 'info', format: 'text', write: (line) => lines.push(line) })
  // Two threads of one mount.
  const [one, other] = [new Failures(memory, log, clock), new Failures(memory, log, clock)] as const
  return { lines, clock, one, other }
}

const io = new KitError('IO', 'the disk fails')
const absent = new KitError('BLOCK_NOT_FOUND', 'nobody has it')

t.test('a kind is told once a minute, whichever thread meets it', async (t) => {
  const { lines, clock, one, other } = setUp()
  one.note(io, () => 'read of a')
  other.note(io, () => 'read of b')
  one.note(absent, () => 'read of c')
  t.equal(lines.length, 2)
  t.match(lines[0], /error read of a failed with EIO: the disk fails\n$/)
  t.match(lines[1], /read of c failed with EIO: nobody has it\n$/)
  other.noteAbsent(absent, () => 'lookup of d')
  t.match(lines[2], /warn {2}lookup of d found nothing: nobody has it\n$/, 'a kind of its own')
  // Whole seconds count, and the clock goes on by itself.
  clock.advance(57_000)
  one.note(io, () => 'read of e')
  t.equal(lines.length, 3)
  clock.advance(4000)
  other.note(io, () => 'read of f')
  t.match(lines[3], /read of f failed .* \(and 2 more of this kind since the last line\)\n$/)
})

t.test('a clock that is set back silences nothing for long', async (t) => {
  const { lines, clock, one } = setUp()
  one.note(io, () => 'read of a')
  clock.advance(-3_600_000)
  one.note(io, () => 'read of b')
  t.equal(lines.length, 2)
})

t.test('what is an answer is no failure', async (t) => {
  const { lines, one } = setUp()
  for (const code of ['PATH_NOT_FOUND', 'IS_A_DIRECTORY', 'READ_ONLY', 'ABORTED'] as const)
    one.note(new KitError(code, 'no'), () => {
      throw new Error('it is not described')
    })
  t.same(lines, [])
  one.note(new TypeError('a mistake'), () => 'read of a')
  t.match(lines[0], /a mistake.*failures\.test/, 'a mistake of ours comes with its stack')
})
