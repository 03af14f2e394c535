/** A version of a dataset in a real Kubo: walked by its links, its data read as ordinary files. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Kubo, skipWithoutKubo } from '../servers/kubo.js'
import { Kit } from '../support/cli.js'
import { tempFolder } from '../support/temp.js'

interface Link {
  readonly '/': string
}

interface VersionNode {
  readonly format: string
  readonly rows: number
  readonly data: Link
  readonly parts: readonly Link[]
  readonly parents: readonly Link[]
}

t.test(
  'Kubo walks a version and its history',
  { ...skipWithoutKubo, timeout: 120_000 },
  async (t) => {
    // prettier-ignore
    const folder = tempFolder(t, 'datasets-kubo')
    const kit = new Kit(join(folder, 'home'))
    const kubo = await Kubo.init(folder)
    const file = join(folder, 'x.csv')
    writeFileSync(
      file,
      `id,name\n${Array.from({ length: 20_000 }, (_, i) => `${i},n${i % 7}`).join('\n')}\n`
    )
    const one = await kit.ok('dataset', 'put', '-q', 'd', file)
    writeFileSync(file, 'id,name\n1,x\n')
    const cid = await kit.ok('dataset', 'append', '-q', 'd', file)
    await kit.ok('dataset', 'export', 'd', '-o', join(folder, 'd.car'))
    await kubo.ipfs('dag', 'import', join(folder, 'd.car'))
    const node = JSON.parse(await kubo.ipfs('dag', 'get', cid)) as VersionNode
    t.match(node, { format: 'ipfs-kit-dataset/1', rows: 20_001, parents: [{ '/': one }] })
    t.match(JSON.parse(await kubo.ipfs('dag', 'get', `${cid}/parents/0`)), { rows: 20_000 })
    const parts = JSON.parse(await kubo.ipfs('dag', 'get', `${cid}/parts/0`)) as { cid: Link; bytes: number }[] // prettier-ignore
    t.match(await kubo.ipfs('ls', node.data['/']), /data\.parquet/)
    const [out, first] = [join(folder, 'out'), join(folder, 'part')]
    await kubo.ipfs('get', '-o', out, `${node.data['/']}/data.parquet`)
    t.same(readFileSync(out), await kit.bytes('dataset', 'get', 'd'))
    await kubo.ipfs('get', '-o', first, parts[0]!.cid['/'])
    t.equal(readFileSync(first).length, parts[0]!.bytes)
    t.match(await kubo.ipfs('pin', 'add', cid), /recursively/)
  }
)
