/** Readers that lose a race with the eviction of what they read. */
import { randomBytes } from 'node:crypto'
import t from 'tap'
import { CacheReader } from '../../src/cache/cache-reader.js'
import { DiskTier } from '../../src/cache/disk-tier.js'
import { CacheIndex, Counter } from '../../src/cache/index-file.js'
import { CacheLayout } from '../../src/cache/layout.js'
import { ObjectState, ObjectWord } from '../../src/cache/object-table.js'
import { sizesFor } from '../../src/cache/sizes.js'
import { systemClock } from '../../src/core/clock.js'
import { makeDir } from '../../src/core/fs-durable.js'
import { tempFolder } from '../support/temp.js'

const QUOTA = 100 << 20
const SIZE = 100_000

t.test(
  'a reader that was too late does not make the next object of the slot suspect',
  async (t) => {
    const home = tempFolder(t, 'races')
    const layout = new CacheLayout(home)
    makeDir(layout.root)
    const { index } = CacheIndex.openForWriting(layout.index, sizesFor(home, QUOTA, 0))
    const onRemove = (): void => undefined
    const tier = new DiskTier({ layout, index, quota: QUOTA, clock: systemClock, onRemove, onFailure: (error) => t.fail(String(error)) }) // prettier-ignore
    tier.recover(true)
    const { objects } = index
    const sealedFile = async (size: number): Promise<number> => {
      const object = tier.createFile(size)!
      await tier.writeAt(object, 0, randomBytes(size))
      await tier.seal()
      objects.setWord(object, ObjectWord.COMPLETE, 1)
      return object
    }
    const object = await sealedFile(SIZE)
    const whole = -1 - object - objects.word(object, ObjectWord.GENERATION) * objects.capacity
    const reader = new CacheReader(layout, index)
    const target = Buffer.alloc(SIZE)
    t.equal(reader.readWhole(whole, 0, target, 0, SIZE), SIZE)

    // Another thread removes it, and gives its slot away, once the reader has seen that it is current.
    const next = await sealedFile(2 * SIZE)
    const words = [ObjectWord.GENERATION, ObjectWord.KIND, ObjectWord.COMPLETE, ObjectWord.STATE]
    const values = words.map((word) => objects.word(next, word))
    const own = objects.word.bind(objects)
    let states = 0
    objects.word = (slot, word) => {
      if (slot === object && word === ObjectWord.STATE && ++states === 2) {
        tier.remove(object)
        for (const [i, one] of words.entries()) objects.setWord(object, one, values[i]! + (i === 0 ? 1 : 0)) // prettier-ignore
      }
      return own(slot, word)
    }
    t.throws(() => reader.readWhole(whole, 0, target, 0, SIZE), { code: 'STALE' })
    t.ok(states >= 2)
    t.equal(own(object, ObjectWord.STATE), ObjectState.SEALED, 'another has the slot')
    t.equal(own(object, ObjectWord.SUSPECT), 0)
    t.equal(index.counterValue(Counter.SUSPICIONS), 0)
    reader.close()
    await tier.close()
    index.close(true)
  }
)
