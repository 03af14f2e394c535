/** Where blocks lie in a folder of flatfs, against the letters of its documentation. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import fc from 'fast-check'
import { base32upper } from 'multiformats/bases/base32'
import { blockPath, openBlockFolder, type BlockFolder } from '../../backends/flatfs.js'
import { Cid, RAW } from '../../src/core/cid.js'
import { IDENTITY } from '../../src/core/hash.js'
import { tempFolder } from '../support/temp.js'

t.test('a key is the multihash in upper base32, as multiformats has it', async () => {
  const folder: BlockFolder = { path: '/blocks', sharding: 'suffix', digits: 2 }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (digest) => {
      const cid = Cid.v1(RAW, IDENTITY, digest)
      const key = base32upper.baseEncode(cid.multihash)
      return blockPath(folder, cid) === `/blocks/${key.slice(-2)}/${key}.data`
    })
  )
})

t.test('each way of sharding, with keys that are too short for it', async (t) => {
  // The key of nothing is AAAA: a code and a length of zero.
  const nothing = Cid.v1(RAW, IDENTITY, new Uint8Array(0))
  const ways = [
    ['prefix', 2, 'AA'],
    ['prefix', 6, 'AAAA__'],
    ['suffix', 3, 'AAA'],
    ['suffix', 6, '__AAAA'],
    ['next-to-last', 2, 'AA'],
    ['next-to-last', 4, '_AAA'],
    ['next-to-last', 6, '___AAA']
  ] as const
  for (const [sharding, digits, shard] of ways)
    t.equal(blockPath({ path: '/b', sharding, digits }, nothing), `/b/${shard}/AAAA.data`)
})

t.test('what SHARDING says, or does not', async (t) => {
  const path = join(tempFolder(t, 'flatfs'), 'blocks')
  t.equal(openBlockFolder(path), undefined, 'no folder')
  mkdirSync(path)
  t.equal(openBlockFolder(path), undefined, 'no SHARDING')
  const says = (text: string): BlockFolder | undefined => {
    writeFileSync(join(path, 'SHARDING'), text)
    return openBlockFolder(path)
  }
  t.same(says('/repo/flatfs/shard/v1/next-to-last/2\n'), { path, sharding: 'next-to-last', digits: 2 }) // prettier-ignore
  for (const text of [
    '',
    '/repo/flatfs/shard/v2/prefix/2',
    '/repo/flatfs/shard/v1/middle/2',
    '/repo/flatfs/shard/v1/prefix/0',
    '/repo/flatfs/shard/v1/next-to-last/4294967296'
  ])
    t.equal(says(text), undefined, text)
})
