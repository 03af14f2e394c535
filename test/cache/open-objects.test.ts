/** Objects that are written and sealed at the same time. */
import { pbkdf2, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import t from 'tap'
import { DiskTier } from '../../src/cache/disk-tier.js'
import { CacheIndex } from '../../src/cache/index-file.js'
import { CacheLayout } from '../../src/cache/layout.js'
import { ObjectState, ObjectWord } from '../../src/cache/object-table.js'
import { sizesFor } from '../../src/cache/sizes.js'
import { systemClock } from '../../src/core/clock.js'
import { makeDir } from '../../src/core/fs-durable.js'
import { tempFolder } from '../support/temp.js'

const QUOTA = 100 << 20
const SIZE = 1 << 20
/** Threads of Node's pool, by default. */
const POOL = 4

/** Keeps a thread of the pool busy for some tenths of a second. */
const busy = (): Promise<Buffer> => promisify(pbkdf2)('', '', 600_000, 32, 'sha256')

t.test(
  'a write that begins while its object is synced ends before the object is sealed',
  async (t) => {
    const home = tempFolder(t, 'objects')
    const layout = new CacheLayout(home)
    makeDir(layout.root)
    const { index } = CacheIndex.openForWriting(layout.index, sizesFor(home, QUOTA, 0))
    const failures: unknown[] = []
    const tier = new DiskTier({
      layout,
      index,
      quota: QUOTA,
      clock: systemClock,
      onRemove: () => undefined,
      onFailure: (error) => failures.push(error)
    })
    tier.recover(true)
    const object = tier.createFile(SIZE)!
    const bytes = randomBytes(SIZE)
    await tier.writeAt(object, 0, bytes.subarray(0, 1))
    // The sync has the last free thread of the pool, and the write waits behind other work.
    const before = Array.from({ length: POOL - 1 }, busy)
    const sealed = tier.seal()
    const after = busy()
    const written = tier.writeAt(object, 0, bytes)
    t.equal(await written, true)
    await Promise.all([sealed, after, ...before])
    t.ok(bytes.equals(tier.read(object, 0, SIZE)!))
    await tier.seal()
    t.equal(index.objects.word(object, ObjectWord.STATE), ObjectState.SEALED)
    t.same(failures, [])
    await tier.close()
    index.close(true)
  }
)
