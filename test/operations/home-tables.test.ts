import t from 'tap'
import { allBlocks } from '../../src/operations/home-tables.js'

t.test('the table of the cache has all blocks, or says that it has not', (t) => {
  const block = { cid: 'x', size: 1, tier: 'disk', reads: 0, backend: null } as const
  t.same(allBlocks({ blocks: [block], total: 1 }, 1), [block])
  // Fewer than are counted and than may be listed: some went meanwhile.
  t.same(allBlocks({ blocks: [block], total: 3 }, 2), [block])
  t.throws(() => allBlocks({ blocks: [block, block], total: 3 }, 2), { code: 'TOO_LARGE', message: /3 blocks.*cache ls/ }) // prettier-ignore
  t.end()
})
