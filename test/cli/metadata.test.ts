/** `metadata`: what commands tell the index, and ask of it, without an engine and beside one. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openKit } from '../../src/index.js'
import type { IndexRecord } from '../../src/metadata/record.js'
import { Kit } from '../support/cli.js'
import { tempFolder } from '../support/temp.js'

/** A home with a folder of files of several types. */
async function stage(t: Test): Promise<{ kit: Kit; folder: string; cids: Record<string, string> }> {
  const folder = tempFolder(t, 'metadata')
  const kit = new Kit(join(folder, 'home'))
  const source = join(folder, 'data')
  mkdirSync(join(source, 'sub'), { recursive: true })
  writeFileSync(join(source, 'sales.csv'), 'a,b\n1,2\n')
  writeFileSync(join(source, 'Annual Report.pdf'), `%PDF-1.7\n${'x'.repeat(2 << 20)}`)
  writeFileSync(join(source, 'sub', 'no name'), Buffer.from('\x89PNG\r\n\x1a\n0000', 'latin1'))
  const lines = (await kit.ok('add', source)).split('\n').map((line) => line.split(' '))
  const cids = Object.fromEntries(lines.map(([, cid, ...name]) => [name.join(' '), cid!]))
  return { kit, folder, cids }
}

interface Found {
  readonly records: readonly Record<string, unknown>[]
}

const query = async (kit: Kit, ...words: string[]): Promise<readonly Record<string, unknown>[]> =>
  (await kit.json<Found>('metadata', 'query', ...words)).records

t.test(
  'what is added and pinned is found by its fields, without an engine and beside one',
  async (t) => {
    const { kit, cids } = await stage(t)
    const examples = async (): Promise<void> => {
      t.match(await query(kit, '--where', "mime_type == 'text/csv'"), [{ cid: cids['data/sales.csv'], size_bytes: 8, extension: 'csv', path: 'data/sales.csv', local: true }]) // prettier-ignore
      t.match(await query(kit, "mime_type == 'application/pdf' and size_bytes > 1048576 and pinned"), []) // prettier-ignore
      t.match(await query(kit, "mime_type == 'application/pdf' and size_bytes > 1048576"), [{ filename: 'Annual Report.pdf', blocks: 4, links: 3 }]) // prettier-ignore
      t.match(await query(kit, "path contains 'no name'"), [{ mime_type: 'image/png', extension: null }]) // prettier-ignore
      t.equal((await query(kit, 'not pinned')).length, 4, 'what was never pinned, too')
      t.equal((await query(kit, 'pinned != true and pinned == null')).length, 4)
      t.match(await query(kit, 'pinned'), [{ cid: cids['data'], mime_type: 'inode/directory', pin_types: ['recursive'], storage_locations: { ipfs: { pinned: true } } }]) // prettier-ignore
      t.equal((await query(kit, 'created_at > 2024-01-01')).length, 5)
      t.equal((await query(kit, 'created_at > 2099-01-01')).length, 0)
      t.equal(await kit.ok('metadata', 'query', '--count', "extension in ['csv', 'pdf']"), '2')
      t.same(await query(kit, 'local', '--columns', 'filename', '--order', 'size_bytes:desc', '--limit', '2'), [{ filename: 'data' }, { filename: 'Annual Report.pdf' }]) // prettier-ignore
      t.equal(
        await kit.ok('metadata', 'search', 'ANNUAL rep', '-q'),
        cids['data/Annual Report.pdf']
      )
      t.equal(await kit.ok('metadata', 'search', 'report', '--where', 'pinned', '--count'), '0')
    }
    await examples()
    await kit.ok('daemon', 'start')
    t.teardown(() => kit.run(['daemon', 'stop']))
    await examples()
    await kit.ok('pin', 'rm', cids['data']!)
    t.same(await query(kit, 'pinned'), [])
    await kit.ok('pin', 'add', '--name', 'Again', cids['data/sales.csv']!)
    t.match(await query(kit, 'pinned'), [{ cid: cids['data/sales.csv'], filename: 'sales.csv' }])
    await kit.ok('daemon', 'stop')
    t.equal((await query(kit, 'pinned')).length, 1)
  }
)

t.test('tags, titles and properties; SQL over the index', async (t) => {
  const { kit, cids } = await stage(t)
  const cid = cids['data/sales.csv']!
  t.equal(await kit.ok('metadata', 'tag', cid, '+raw', 'x2024', '+draft'), `${cid} draft raw x2024`)
  t.equal(await kit.ok('metadata', 'tag', cid, '--', '-draft'), `${cid} raw x2024`)
  await kit.ok('metadata', 'set', cid, 'title=Sales of Größe', 'license=MIT', 'fooBar=7 up', 'properties.title=own') // prettier-ignore
  t.match(await query(kit, `'raw' in tags and tags contains 'x2024' and properties.fooBar == '7 up'`), [{ metadata: { title: 'Sales of Größe', creator: null }, properties: { fooBar: '7 up', title: 'own' } }]) // prettier-ignore
  t.equal(await kit.ok('metadata', 'search', 'GRÖSS', '-q'), '')
  t.equal(await kit.ok('metadata', 'search', 'of grÖ', '--fields', 'metadata.title', '-q'), cid)
  await kit.ok('metadata', 'set', cid, '--property', 'cid=7', '--property', 'title=own')
  t.equal(await kit.ok('metadata', 'query', `properties.cid == '7'`, '-q'), cid)
  await kit.ok('metadata', 'set', cid, 'title=', 'fooBar=')
  t.match(await kit.json<{ record: IndexRecord }>('metadata', 'show', cid), { record: { metadata: { title: null, license: 'MIT' }, properties: { title: 'own' } } }) // prettier-ignore
  const counted = await kit.json<{ rows: unknown }>('query', "SELECT count(*) n, sum(size_bytes) s FROM metadata WHERE list_contains(tags, 'raw')") // prettier-ignore
  t.same(counted.rows, [{ n: 1, s: 8 }])
  t.ok(existsSync(join(kit.home, 'index', 'ipfs_index_000000.parquet')))
  for (const [words, message] of [
    [['query', 'nothing == 1'], /no field "nothing"/],
    [['query', 'size_bytes >'], /a value/],
    [['search', 'x', '--fields', 'cid'], /not searched/],
    [['set', cid, 'title'], /NAME=VALUE/],
    [['set', cid], /NAME=VALUE \(title, description, creator, source, license\)/],
    [
      ['set', cid, 'cid=7'],
      /"cid" is what the index itself knows.*title, description.*--property cid=7/
    ],
    [['set', cid, 'storage_locations.ipfs.local=x'], /--property/],
    [['set', cid, 'metadata.colour=x'], /--property/],
    [['set', cid, 'tags=x'], /metadata tag/],
    [['query', '--order', 'tags'], /many values/]
  ] as const) {
    const { code, stderr } = await kit.run(['metadata', ...words])
    t.equal(code, 2)
    t.match(stderr, message)
  }
})

t.test('locations of all seven kinds, the quickest first', async (t) => {
  const { kit, folder, cids } = await stage(t)
  const cid = cids['data/sales.csv']!
  const library = await openKit({ home: kit.home })
  const texts = null
  await library.metadata.set([cid], {
    storage_locations: {
      ipfs_cluster: {
        pinned: true,
        replication_factor: 2,
        allocation_nodes: ['a', 'b'],
        pin_status: 'pinned'
      },
      libp2p: { peers: ['12D3'], protocols: texts, multiaddrs: texts },
      storacha: { car_cid: 'bag', upload_id: null, space_did: 'did:key:z', stored_timestamp: 1 },
      s3: [1, 2].map((i) => ({
        provider: 'x',
        region: 'eu',
        bucket: `b${i}`,
        key: 'k',
        storage_class: null,
        etag: null,
        version_id: null
      })),
      filecoin: {
        deal_id: '1',
        providers: ['f01'],
        replication_factor: 1,
        deal_expiration: null,
        verified_deal: true
      },
      huggingface_hub: {
        repo_id: 'me/it',
        repo_type: 'dataset',
        file_path: 'x',
        revision: 'main',
        commit_hash: null
      },
      ipfs: { pinned: true, pin_types: ['recursive'], local: true, gateway_urls: null }
    }
  })
  interface Located {
    readonly locations: readonly { readonly kind: string; readonly latency_ms: number }[]
    readonly fastest_retrieval_path: { readonly kind: string }
  }
  const kinds = [
    'ipfs',
    'ipfs_cluster',
    'libp2p',
    's3',
    's3',
    'huggingface_hub',
    'storacha',
    'filecoin'
  ]
  for (const words of [
    [cid],
    ['--path', 'data/sales.csv'],
    ['--path', 'sales.csv'],
    ['--mime', 'text/csv']
  ]) {
    const found = await kit.json<Located>('metadata', 'locate', ...words)
    t.same(
      found.locations.map(({ kind }) => kind),
      kinds
    )
    t.same(
      found.locations.map(({ latency_ms }) => latency_ms),
      [10, 50, 100, 200, 200, 300, 500, 10_000]
    )
    t.match(found.fastest_retrieval_path, { kind: 'ipfs' })
  }
  t.match(
    await kit.ok('metadata', 'locate', cid),
    /^KIND +LATENCY +CID +DETAILS\nipfs +~10 ms .*\n.*\n.*\ns3 +~200 ms .*bucket=b1/
  )
  t.equal((await kit.run(['metadata', 'locate', '--mime', 'x/y'])).code, 1)
  t.equal((await kit.run(['metadata', 'locate'])).code, 2)
  const disk = join(folder, 'disk')
  mkdirSync(disk)
  await kit.ok('backend', 'add', 'disk', '--type', 'filesystem', '--path', disk)
  await kit.ok('pin', 'add', cid, '--backend', 'disk')
  t.match(await library.metadata.show(cid), { replication: 1, storage_locations: { s3: null } })
  t.equal(await library.metadata.count({ where: 'replication == 1' }), 1)
})

t.test('a home from before is taken in; a fresh one has nothing', async (t) => {
  const { kit, cids } = await stage(t)
  const empty = new Kit(join(tempFolder(t, 'empty'), 'home'))
  t.same(await query(empty), [])
  t.notOk(existsSync(empty.home))
  const before = new Kit(join(tempFolder(t, 'before'), 'home'))
  await before.ok('car', 'import', await exported(kit, cids['data']!, t))
  t.match(await query(before), [{ cid: cids['data'], pinned: true, mime_type: null }])
  t.match(await before.ok('metadata', 'refresh'), /^1 records, 1 of them changed/)
  t.match(await query(before), [{ cid: cids['data'], pinned: true, mime_type: 'inode/directory' }])
  t.ok(readdirSync(join(before.home, 'index')).includes('ipfs_index_000000.parquet'))
})

async function exported(kit: Kit, cid: string, t: Test): Promise<string> {
  const path = join(tempFolder(t, 'car'), 'a.car')
  await kit.ok('car', 'export', cid, '-o', path)
  return path
}

t.test('where content is stays true when it is collected, and comes back', async (t) => {
  const { kit, folder, cids } = await stage(t)
  const csv = cids['data/sales.csv']!
  const state = async (cid: string) => (await query(kit, `cid == '${cid}'`))[0]
  await kit.ok('metadata', 'tag', csv, '+kept')
  await kit.ok('metadata', 'set', cids['data']!, 'title=Kept')
  const other = Object.entries(cids).find(([name]) => name !== 'data' && !name.endsWith('.csv'))![1]
  t.match(await state(other), { local: true })
  await kit.ok('pin', 'rm', cids['data']!)
  await kit.ok('gc')
  t.equal(
    await state(other),
    undefined,
    'of what is nowhere nothing is known that is worth a record'
  )
  t.match(await state(csv), { local: false, current_tier: 'nowhere' })
  t.match(await state(cids['data']!), { local: false, pinned: false, storage_locations: { ipfs: { local: false } } }) // prettier-ignore
  t.equal(await kit.ok('metadata', 'query', '--count', 'local'), '0')
  t.match(await kit.json('metadata', 'refresh'), { changed: 0 })
  await kit.ok('metadata', 'set', cids['data']!, 'title=')
  t.match(await kit.json('metadata', 'refresh'), { changed: 1 })
  t.equal(await state(cids['data']!), undefined)
  await kit.ok('add', join(folder, 'data'))
  t.match(await state(csv), { local: true, current_tier: 'local' })
})

t.test('folders, and versions of datasets, have a size at once', async (t) => {
  const { kit, folder, cids } = await stage(t)
  const [before] = await query(kit, `cid == '${cids['data']}'`)
  const other = new Kit(join(folder, 'other'))
  await kit.ok('car', 'export', cids['data']!, '-o', join(folder, 'data.car'))
  await other.ok('car', 'import', join(folder, 'data.car'), '--no-pin').catch(() => other.ok('car', 'import', join(folder, 'data.car'))) // prettier-ignore
  await other.ok('pin', 'add', cids['data']!)
  t.match(await query(other, `cid == '${cids['data']}'`), [{ size_bytes: before!['size_bytes'], mime_type: 'inode/directory' }]) // prettier-ignore
  const version = await kit.ok('dataset', 'put', '-q', 'sales', join(folder, 'data', 'sales.csv'))
  const [found] = await query(kit, `cid == '${version}'`)
  t.match(found, { mime_type: 'application/vnd.ipld.dag-cbor', local: true })
  t.ok((found!['size_bytes'] as number) > 0)
})

t.test('copies on a backend that the index has no kind for are located', async (t) => {
  const { kit, folder, cids } = await stage(t)
  mkdirSync(join(folder, 'disk'))
  await kit.ok('backend', 'add', 'disk', '--type', 'filesystem', '--path', join(folder, 'disk'))
  await kit.ok('pin', 'add', cids['data']!, '--backend', 'disk')
  const { locations } = await kit.json<{ locations: readonly object[] }>('metadata', 'locate', cids['data']!) // prettier-ignore
  t.match(locations, [{ kind: 'ipfs', latency_ms: 10 }, { kind: 'filesystem', details: { backend: 'disk' }, latency_ms: 20, is_measured: false }]) // prettier-ignore
})
