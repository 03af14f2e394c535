import t from 'tap'
import { CommitQueue } from '../../backends/commit-queue.js'
import { KitError } from '../../src/core/errors.js'

const { signal } = new AbortController()

/** A queue whose commits wait until they are let go. */
function held(fail: (changes: readonly string[]) => Error | undefined = () => undefined): {
  readonly queue: CommitQueue<string>
  readonly commits: string[][]
  readonly signals: AbortSignal[]
  readonly letGo: () => void
} {
  const commits: string[][] = []
  const signals: AbortSignal[] = []
  let letGo = (): void => undefined
  const gate = new Promise<void>((resolve) => (letGo = resolve))
  const queue = new CommitQueue<string>(async (changes, signal) => {
    commits.push([...changes])
    signals.push(signal)
    await gate
    const error = fail(changes)
    if (error !== undefined) throw error
  })
  return { queue, commits, signals, letGo: () => letGo() }
}

t.test('changes that come while a commit is under way go together with the next', async (t) => {
  const { queue, commits, letGo } = held()
  const all = ['a', 'b', 'c'].map((change) => queue.add(change, signal))
  letGo()
  await Promise.all(all)
  t.same(commits, [['a'], ['b', 'c']])
})

t.test('a change that is refused takes no other with it', async (t) => {
  const refused = new KitError('IS_A_DIRECTORY', 'bad')
  const { queue, letGo } = held((changes) => (changes.includes('bad') ? refused : undefined))
  const [first, bad, good] = ['a', 'bad', 'good'].map((change) => queue.add(change, signal))
  letGo()
  await Promise.all([first, good, t.rejects(bad!, refused)])
})

t.test('what may go through later is told to all of them', async (t) => {
  const away = new KitError('BACKEND_UNAVAILABLE', 'away')
  const { queue, commits, letGo } = held(() => away)
  const all = ['a', 'b', 'c'].map((change) => t.rejects(queue.add(change, signal), away))
  letGo()
  await Promise.all(all)
  t.equal(commits.length, 2)
})

t.test(
  'one that is aborted while it waits is not committed, and a commit that nobody awaits ends',
  async (t) => {
    const { queue, commits, signals, letGo } = held()
    const reason = new Error('enough')
    const [first, second] = [new AbortController(), new AbortController()]
    const committing = queue.add('a', first.signal)
    const waiting = queue.add('b', second.signal)
    second.abort(reason)
    await t.rejects(waiting, reason)
    first.abort(reason)
    await t.rejects(committing, reason)
    t.ok(signals[0]!.aborted)
    letGo()
    await queue.add('c', signal)
    t.same(commits, [['a'], ['c']])
  }
)
