/** Versions of datasets that somebody else wrote to reach what is not his. */
import { existsSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as dagCbor from '@ipld/dag-cbor'
import * as dagPb from '@ipld/dag-pb'
import { UnixFS } from 'ipfs-unixfs'
import { CID } from 'multiformats/cid'
import t from 'tap'
import { Cid, DAG_PB } from '../../src/core/cid.js'
import { SHA2_256, sha256 } from '../../src/core/hash.js'
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

t.test('threats 146: what a list says of a part is looked at before it is believed', async (t) => {
  const size = async (cid: string): Promise<number> => (await kit.json<{ size: number }>('stat', cid, '--json')).size // prettier-ignore
  const bytes = await size((await putSound()).parts[0]!.cid)
  for (const [i, part] of [{ bytes: 3 }, { bytes: 2 ** 53 - 1 }, { bytes, rows: 7 }].entries()) {
    await kit.ok('dataset', 'adopt', `part-${i}`, await imported({}, part))
    t.match(await kit.json('dataset', 'append', `part-${i}`, 'a.csv', '--json'), { code: 'CORRUPT_FORMAT', error: /data\.parquet/ }, JSON.stringify(part)) // prettier-ignore
  }
  await kit.ok('dataset', 'adopt', 'true', await imported({}, { bytes }))
  t.match(await kit.json('dataset', 'append', 'true', 'a.csv', '--json'), { rows: 2 })
})

t.test('threats 146: the name in a version is no path', async (t) => {
  writeFileSync(join(folder, 'x.json'), '{')
  const cid = await imported({ name: '../../x' }, {})
  t.match(await kit.json('dataset', 'log', cid, '--json'), { versions: [{ cid, version: null }] })
})

/** Imports a folder that has one folder twice, which has one twice, and so on, and a file in the innermost. @returns its CID. */
async function bomb(name: string, file: Cid): Promise<string> {
  const Data = new UnixFS({ type: 'directory' }).marshal()
  const folderOf = (links: Readonly<Record<string, Cid>>): EncodedBlock => {
    const Links = Object.entries(links).map(([Name, cid]) => ({ Name, Tsize: 1, Hash: CID.decode(cid.bytes) })) // prettier-ignore
    const bytes = dagPb.encode(dagPb.prepare({ Data, Links }))
    return { cid: Cid.v1(DAG_PB, SHA2_256, sha256(bytes)), bytes }
  }
  const blocks = [folderOf({ [name]: file })]
  for (let i = 0; i < 30; i++) blocks.unshift(folderOf({ a: blocks[0]!.cid, b: blocks[0]!.cid }))
  const car = join(folder, `${name}.car`)
  writeFileSync(car, carOf(blocks[0]!, ...blocks.slice(1)))
  await kit.ok('car', 'import', car)
  return String(blocks[0]!.cid)
}

t.test(
  'threats 147: folders that stand in each other billions of times end a search',
  { timeout: 120_000 },
  async (t) => {
    // prettier-ignore
    const file = Cid.parse((await putSound()).parts[0]!.cid)
    const [empty, full] = [await bomb('x.txt', file), await bomb('x.parquet', file)]
    t.match(await kit.json('dataset', 'adopt', 'bomb', empty, '--json'), { code: 'INVALID_ARGUMENT', error: /without a file/ }) // prettier-ignore
    t.match(await kit.json('dataset', 'adopt', 'bomb', full, '--json'), { code: 'TOO_LARGE' })
    t.match(await kit.json('query', `SELECT * FROM '/ipfs/${empty}/**/**/**/*.csv'`, '--json'), { code: 'PATH_NOT_FOUND' }) // prettier-ignore
    for (const pattern of ['', '/**/**/**/*.parquet'])
    t.match(await kit.json('query', `SELECT * FROM '/ipfs/${full}${pattern}'`, '--json'), { code: 'TOO_LARGE' }, pattern) // prettier-ignore
  }
)
