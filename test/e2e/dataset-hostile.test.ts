/** Versions of datasets that somebody else wrote to reach what is not his. */
import { existsSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as dagCbor from '@ipld/dag-cbor'
import { CID } from 'multiformats/cid'
import t from 'tap'
import { Cid } from '../../src/core/cid.js'
import { encodeParts, encodeVersion, type EncodedBlock, type PartRecord, type Version } from '../../src/datasets/version-block.js' // prettier-ignore
import { Kit } from '../support/cli.js'
import { tempFolder } from '../support/temp.js'

const folder = tempFolder(t, 'dataset-hostile')
const kit = new Kit(join(folder, 'home'), { cwd: folder })

interface Shown {
  readonly data: string
  readonly parts: readonly { readonly cid: string }[]
}

let sound: Shown | undefined

async function putSound(): Promise<Shown> {
  writeFileSync(join(folder, 'a.csv'), 'v\n1\n')
  await kit.ok('dataset', 'put', 'sound', 'a.csv')
  return await kit.json<Shown>('dataset', 'show', 'sound', '--json')
}

/** Imports a version that says something else than that of a sound dataset. @returns its CID. */
async function imported(version: Partial<Version>, part: Partial<PartRecord>): Promise<string> {
  sound ??= await putSound()
  const shown = sound
  const own = { cid: Cid.parse(shown.parts[0]!.cid), path: 'data.parquet', rows: 1, bytes: 1, tsize: 1, statistics: [], ...part } // prettier-ignore
  const list = encodeParts([own])
  const block = encodeVersion({ name: 'x', writer: 'duckdb-1.5.6/zstd/cut-1', parents: [], schema: [{ name: 'v', type: 'BIGINT' }], partitionBy: [], rows: 1, bytes: 1, data: Cid.parse(shown.data), parts: [list.cid], message: '', tags: [], metadata: {}, ...version }) // prettier-ignore
  const car = join(mkdtempSync(join(folder, 'car-')), 'x.car')
  writeFileSync(car, carOf(block, list))
  await kit.ok('car', 'import', car)
  return String(block.cid)
}

function carOf(root: EncodedBlock, ...others: readonly EncodedBlock[]): Uint8Array {
  const header = dagCbor.encode({ version: 1, roots: [CID.decode(root.cid.bytes)] })
  const blocks = [root, ...others].map(({ cid, bytes }) =>
    section(Buffer.concat([cid.bytes, bytes]))
  )
  return Buffer.concat([section(header), ...blocks])
}

function section(bytes: Uint8Array): Uint8Array {
  const length: number[] = []
  let left = bytes.length
  for (; left > 127; left >>= 7) length.push((left & 127) | 128)
  return Buffer.concat([new Uint8Array([...length, left]), bytes])
}

const K = { partitionBy: ['k'], schema: [{ name: 'v', type: 'BIGINT' }, { name: 'k', type: 'VARCHAR' }] } // prettier-ignore

t.test('threats 141: the path of a part, or a field of a wrong type, leads nowhere', async (t) => {
  const escaped = join(folder, 'escaped')
  for (const [i, path] of [
    `../../../../../../../../..${escaped}/k=1/data.parquet`,
    '../k=1/data.parquet',
    'k=1//data.parquet',
    'k=1/./data.parquet',
    '/k=1/data.parquet',
    'k=1/\0/data.parquet'
  ].entries()) {
    // prettier-ignore
    const cid = await imported(K, { path })
    if (i === 0) await kit.ok('dataset', 'adopt', 'p', cid)
    t.match(await kit.json('dataset', 'get', cid, '--json'), { code: 'CORRUPT_FORMAT' }, path)
  }
  t.match(await kit.json('query', 'SELECT * FROM p', '--json'), { code: 'CORRUPT_FORMAT' })
  t.notOk(existsSync(escaped))
  for (const wrong of [{ schema: 1 }, { schema: [{ name: 'v' }] }, { partitionBy: [1] }, { partitionBy: ['w'] }, { rows: -1 }, { tags: 'a' }, { metadata: [] }, { message: null }]) // prettier-ignore
    t.match(await kit.json('dataset', 'adopt', 'wrong', await imported(wrong as unknown as Partial<Version>, {}), '--json'), { code: 'CORRUPT_FORMAT' }, JSON.stringify(wrong)) // prettier-ignore
  const other = await imported(K, { path: `k=${encodeURIComponent('../../x')}/data.parquet` })
  t.match(await kit.json('dataset', 'get', other, '--json'), { rows: [[1, '../../x']] })
  t.same(readdirSync(join(folder, 'home', 'datasets')).filter((name) => name.startsWith('.work')), []) // prettier-ignore
})

t.test('threats 142: SQL in place of the type of a column is not run', async (t) => {
  const type = "BIGINT, b BIGINT); CREATE TABLE zz AS SELECT error('INJECTED'); --"
  const cid = await imported({ schema: [{ name: 'v', type }] }, {})
  t.match(await kit.json('dataset', 'adopt', 'sql', cid, '--json'), { code: 'CORRUPT_FORMAT' })
  t.match(await kit.json('dataset', 'append', 'sql', 'a.csv', '--json'), { code: 'PATH_NOT_FOUND' })
})
