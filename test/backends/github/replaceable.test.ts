import t from 'tap'
import { Replaceable } from '../../../backends/github/replaceable.js'

const options = { signal: new AbortController().signal }

class Thing {
  bytes = 0
  isRemoved = false

  remove(): Promise<void> {
    this.isRemoved = true
    return Promise.resolve()
  }
}

function replaceable(): { readonly things: Thing[]; readonly all: Replaceable<Thing> } {
  const things: Thing[] = []
  const all = new Replaceable(() => {
    const thing = new Thing()
    things.push(thing)
    return Promise.resolve(thing)
  }, 100)
  return { things, all }
}

t.test('one that is too large is replaced, and removed when nobody holds it', async (t) => {
  const { things, all } = replaceable()
  const [first, second] = await Promise.all([all.hold(options), all.hold(options)])
  t.equal(first.clone, second.clone)
  first.clone.bytes = 101
  const last = await all.hold(options)
  t.equal(last.clone, first.clone, 'the one who notices has it still')
  const next = await all.hold(options)
  t.not(next.clone, first.clone)
  first.release()
  first.release()
  second.release()
  t.notOk(things[0]!.isRemoved)
  last.release()
  await all.close()
  t.ok(things[0]!.isRemoved)
  t.notOk(things[1]!.isRemoved, 'it is held still')
})

t.test('closed, it removes what nobody holds, and gives none', async (t) => {
  const { things, all } = replaceable()
  const { release } = await all.hold(options)
  release()
  await all.close()
  t.ok(things[0]!.isRemoved)
  await t.rejects(all.hold(options), { code: 'CLOSED' })
})

t.test('one that could not be made is made anew', async (t) => {
  let tries = 0
  const all = new Replaceable<Thing>(() => {
    if (++tries === 1) return Promise.reject(new Error('no'))
    return Promise.resolve(new Thing())
  }, 100)
  await t.rejects(all.hold(options), { message: 'no' })
  const { release } = await all.hold(options)
  release()
  await all.close()
})
