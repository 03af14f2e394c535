/** Fills a cache until it is killed. */
import { Cache } from '../../src/cache/cache.js'
import { sizesFor } from '../../src/cache/sizes.js'
import { systemClock } from '../../src/core/clock.js'
import { Cid, RAW } from '../../src/core/cid.js'
import { sha256, SHA2_256 } from '../../src/core/hash.js'
import { Kind } from '../../src/formats/block-kind.js'

const DISK = 30_000_000
const home = process.argv[2]!
const options = {
  disk: DISK,
  minAccessCount: 2,
  maxItem: 1 << 20,
  clock: systemClock,
  warn: () => undefined
}
const cache = Cache.open(home, sizesFor(home, DISK, 0), options)
for (let i = 0; ; i++) {
  const seed = (i * 7) % 400
  const block = Buffer.alloc(60_000, `block ${seed} `)
  if (i === 1) process.stdout.write('.')
  cache.put(Cid.v1(RAW, SHA2_256, sha256(block)), block, { kind: Kind.RAW, size: block.length })
}
