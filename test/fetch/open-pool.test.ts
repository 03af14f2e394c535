import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { saveConfigured } from '../../backends/configured.js'
import { facetOf } from '../../backends/facets/facets.js'
import { openPool } from '../../src/fetch/open-pool.js'
import { rawCid } from '../support/stores.js'
import { tempFolder } from '../support/temp.js'

t.test(
  'a backend that cannot be opened stops no other, and nothing is missing for it',
  async (t) => {
    const folder = tempFolder(t, 'pool')
    const [home, disk] = [join(folder, 'home'), join(folder, 'disk')]
    mkdirSync(disk)
    const block = Buffer.from('block')
    const cid = rawCid(block)
    const config = { priority: 1, timeout_ms: 10_000, read_only: false }
    saveConfigured(home, 'disk', { ...config, type: 'filesystem', options: { path: [disk] } })
    saveConfigured(home, 'newer', { ...config, type: 'of another version', options: {} })
    const warnings: string[] = []
    const pool = await openPool(home, false, (text) => warnings.push(text))
    t.teardown(() => pool.close())
    t.match(warnings, [/^backend newer cannot be used: .*`ipfs-kit backend update newer`$/])
    const { signal } = new AbortController()
    await facetOf(pool.named('disk')!, 'blockWriter').putBlock(cid, block, { signal })
    t.same(Buffer.from((await pool.getBlock(cid, signal)).block), block)
    await t.rejects(pool.getBlock(rawCid(Buffer.from('absent')), signal), {
      code: 'BACKEND_UNAVAILABLE',
      message: /newer: .*cannot be used/
    })
    saveConfigured(home, 'newer', { ...config, type: 'filesystem', options: { path: [disk] } })
    const again = await openPool(home, false, (text) => warnings.push(text), pool)
    t.equal(again.named('disk'), pool.named('disk'))
    t.equal(again.named('newer')?.type, 'filesystem')
    t.equal(warnings.length, 1)
    await again.named('newer')?.close()
  }
)
