/** Each tool over a real home: what it answers, in the shape that it promises, and how it goes on. */
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { Kit } from '../support/cli.js'
import { callTool, mcpClient, NEWEST, textOf } from '../support/mcp.js'
import { tempFolder } from '../support/temp.js'

t.setTimeout(240_000)

const folder = tempFolder(t, 'mcp-tools')
const kit = new Kit(join(folder, 'home'))
const files = join(folder, 'files')
mkdirSync(join(files, 'many'), { recursive: true })
for (let i = 0; i < 250; i++)
  writeFileSync(join(files, 'many', `f${String(i).padStart(3, '0')}`), `${i}`)
writeFileSync(join(files, 'text.md'), 'Grüße, 世界 😀\n'.repeat(20_000))
writeFileSync(
  join(files, 'bytes.bin'),
  Buffer.from(Array.from({ length: 1000 }, (_, i) => (i * 7) & 255))
)
const root = await kit.add(files)

const tools = [
  'ipfs_cat', 'ipfs_ls', 'ipfs_add', 'parquet_list_datasets', 'parquet_query_datasets', 'parquet_retrieve_dataframe',
  'parquet_store_dataframe', 'vfs_ls', 'vfs_cat', 'vfs_info', 'system_health', 'cache_stats', 'wal_status'
] // prettier-ignore

/** The client checks structured answers against the schemas of the tools that it listed. */
const client = await mcpClient(t, kit, { options: NEWEST })
const listed = (await client.listTools()).tools

const call = <T = Record<string, unknown>>(name: string, args: Record<string, unknown> = {}): Promise<T> =>
  callTool<T>(client, name, args) // prettier-ignore

const fails = async (
  t: Test,
  name: string,
  args: Record<string, unknown>,
  text: RegExp
): Promise<void> => {
  const result = await client.callTool({ name, arguments: args })
  t.equal(result.isError, true)
  t.match(textOf(result), text)
}

t.test('every tool says what it is and what it does', async (t) => {
  t.same(listed.map(({ name }) => name).sort(), [...tools].sort())
  for (const { name, title, description, annotations, inputSchema, outputSchema } of listed) {
    t.ok(title !== undefined && description!.length > 80, name)
    t.match(inputSchema, { type: 'object', additionalProperties: false }, name)
    t.match(outputSchema, { type: 'object' }, name)
    const changes = name === 'ipfs_add' || name === 'parquet_store_dataframe'
    t.match(annotations, { readOnlyHint: !changes, destructiveHint: false, idempotentHint: Boolean, openWorldHint: Boolean }, name) // prettier-ignore
  }
})

interface Part {
  readonly size: number
  readonly offset: number
  readonly length: number
  readonly next_offset: number | null
  readonly text: string | null
  readonly encoding: string
  readonly notice: string
}

t.test('a file comes in parts of whole characters, whichever way it is named', async (t) => {
  for (const [name, path] of [
    ['ipfs_cat', `${root}/text.md`],
    ['ipfs_cat', `ipfs://${root}/text.md`],
    ['vfs_cat', `/ipfs/${root}/text.md`]
  ] as const) {
    let text = ''
    let parts = 0
    for (let offset: number | null = 0; offset !== null; parts++) {
      const part: Part = await call(name, { path, offset, length: 100_001 })
      t.equal(part.offset, offset)
      t.match(part, {
        encoding: 'utf8',
        mime_type: offset === 0 ? 'text/markdown' : String,
        notice: /data/
      })
      text += part.text ?? ''
      offset = part.next_offset
    }
    t.equal(text, 'Grüße, 世界 😀\n'.repeat(20_000), path)
    t.ok(parts > 4)
  }
})

t.test('bytes are a resource in base64', async (t) => {
  const path = `${root}/bytes.bin`
  const { content, structuredContent } = await client.callTool({
    name: 'ipfs_cat',
    arguments: { path, offset: 10, length: 20 }
  })
  t.match(structuredContent, {
    encoding: 'base64',
    text: null,
    size: 1000,
    offset: 10,
    length: 20,
    next_offset: 30
  })
  const expected = Buffer.from(Array.from({ length: 20 }, (_, i) => ((i + 10) * 7) & 255))
  t.match(content[1], { type: 'resource', resource: { blob: expected.toString('base64') } })
})

t.test('a folder comes in pages', async (t) => {
  for (const [name, path] of [
    ['ipfs_ls', `${root}/many`],
    ['vfs_ls', `/ipfs/${root}/many`]
  ] as const) {
    const names: string[] = []
    let cursor: string | null = null
    do {
      const page: {
        entries: { name: string; type: string; size: number }[]
        next_cursor: string | null
      } = await call(name, { path, ...(cursor === null ? {} : { cursor }) })
      t.ok(page.entries.length <= 100)
      t.match(page.entries[0], { type: 'file', size: Number })
      names.push(...page.entries.map((one) => one.name))
      cursor = page.next_cursor
    } while (cursor !== null)
    t.same(
      names.sort(),
      Array.from({ length: 250 }, (_, i) => `f${String(i).padStart(3, '0')}`)
    )
  }
  t.match(await call('ipfs_ls', { path: root }), {
    total: 3,
    entries: [{}, { name: 'many', type: 'directory' }, {}]
  })
  await fails(t, 'ipfs_cat', { path: root }, /IS_A_DIRECTORY.*ipfs_ls/s)
  await fails(t, 'ipfs_ls', { path: root, cursor: 'x' }, /next_cursor/)
})

t.test('content is added as text, as bytes, under a name', async (t) => {
  const added = await call<{ cid: string }>('ipfs_add', { text: 'from an assistant' })
  t.match(added, { size: 17, files: 1, pinned: true, uri: `ipfs://${added.cid}` })
  t.equal(await kit.ok('cat', added.cid), 'from an assistant')
  t.match(await kit.ok('pin', 'ls', '-q'), added.cid)
  const named = await call<{ cid: string }>('ipfs_add', {
    base64: 'AAEC',
    name: 'a.bin',
    wrap: true,
    pin: false
  })
  t.match(await call('ipfs_ls', { path: named.cid }), { entries: [{ name: 'a.bin', size: 3 }] })
  t.notMatch(await kit.ok('pin', 'ls', '-q'), named.cid)
  await fails(t, 'ipfs_add', {}, /one of `text`, `base64` and `path`/)
  await fails(t, 'ipfs_add', { text: 'x', base64: 'AA==' }, /one of/)
  await fails(t, 'ipfs_add', { base64: '%%%' }, /base64/)
  await fails(t, 'ipfs_add', { text: 'x', name: '../x' }, /file name/)
  await fails(t, 'ipfs_add', { path: join(files, 'text.md') }, /ACCESS_DENIED.*--root/s)
})

t.test('tables are stored, listed, read and asked', async (t) => {
  const rows = Array.from({ length: 300 }, (_, i) => ({ id: i, country: i % 2 === 0 ? 'DE' : 'FR', note: 'x'.repeat(i === 7 ? 5000 : 3) })) // prettier-ignore
  t.match(await call('parquet_store_dataframe', { name: 'sales', rows, message: 'first' }), { version: 1, rows: 300, unchanged: false }) // prettier-ignore
  t.match(await call('parquet_store_dataframe', { name: 'sales', text: 'id,country,note\n300,ES,new\n', format: 'csv', mode: 'append' }), { version: 2, rows: 301 }) // prettier-ignore
  t.match(await call('parquet_list_datasets'), {
    datasets: [{ name: 'sales', version: 2, rows: 301 }],
    columns: null
  })
  t.match(await call('parquet_list_datasets', { name: 'sales' }), {
    datasets: [{ version: 2 }, { version: 1, message: 'first' }],
    columns: [{ name: 'id', type: 'BIGINT' }, { name: 'country', type: 'VARCHAR' }, {}]
  })
  const ids: unknown[] = []
  let cursor: string | null = null
  do {
    const page: { rows: unknown[][]; next_cursor: string | null } = await call(
      'parquet_retrieve_dataframe',
      {
        ref: 'sales',
        columns: ['id'],
        where: "country <> 'FR'",
        limit: 100,
        ...(cursor === null ? {} : { cursor })
      }
    )
    ids.push(...page.rows.map(([id]) => id))
    cursor = page.next_cursor
  } while (cursor !== null)
  t.same(
    ids,
    Array.from({ length: 151 }, (_, i) => i * 2)
  )
  t.match(await call('parquet_retrieve_dataframe', { ref: 'sales@v1', where: 'id = 7' }), { version: 1, total_rows: 300, count: 1, cut_values: 1, rows: [[7, 'FR', /^x{4000}… \(5000 characters\)$/]] }) // prettier-ignore
  t.match(await call('parquet_query_datasets', { sql: 'SELECT country, count(*) AS n FROM sales WHERE id >= $from GROUP BY ALL ORDER BY ALL', parameters: { from: 100 } }), { rows: [['DE', 100], ['ES', 1], ['FR', 100]], truncated: false }) // prettier-ignore
  t.match(await call('parquet_query_datasets', { sql: 'SELECT id FROM sales', limit: 10 }), {
    count: 10,
    truncated: true
  })
  await fails(
    t,
    'parquet_query_datasets',
    { sql: "SELECT * FROM read_text('/etc/passwd')" },
    /ACCESS_DENIED/
  )
  await fails(t, 'parquet_query_datasets', { sql: 'SELECT * FROM saless' }, /did you mean/i)
  await fails(t, 'parquet_store_dataframe', { name: 'x', text: 'a' }, /format/)
})

t.test('the tree is that of a mount', async (t) => {
  await kit.ok('query', 'SELECT 41 + 1 AS answer', '--save', 'truth')
  const top = await call<{ entries: { name: string }[] }>('vfs_ls')
  t.same(top.entries.map(({ name }) => name).sort(), [
    'datasets',
    'ipfs',
    'ipns',
    'metadata',
    'queries'
  ])
  const pins = await call<{ entries: { name: string }[] }>('vfs_ls', { path: '/ipfs' })
  t.ok(pins.entries.some(({ name }) => name === root))
  const versions = await call<{ entries: { name: string }[] }>('vfs_ls', {
    path: '/datasets/sales'
  })
  t.match(versions.entries.map(({ name }) => name).sort(), ['latest', 'v1', 'v2'])
  t.match(await call('vfs_info', { path: '/datasets/sales/latest' }), {
    type: 'symlink',
    target: 'v2'
  })
  t.match(await call('vfs_ls', { path: '/datasets/sales/latest' }), {
    entries: [{ name: 'data.parquet' }]
  })
  t.match(await call('vfs_cat', { path: '/queries/truth.csv' }), {
    text: 'answer\n42\n',
    cid: String
  })
  t.match(await call('vfs_cat', { path: '/queries/truth.sql' }), { text: /41 \+ 1/, cid: null })
  const record = await call<{ text: string }>('vfs_cat', { path: `/metadata/${root}.json` })
  t.match(JSON.parse(record.text), { cid: root })
  t.match(await call('vfs_info', { path: `/ipfs/${root}/text.md` }), { type: 'file', immutable: true, tier: 'local', origin: 'local' }) // prettier-ignore
  await fails(t, 'vfs_cat', { path: '/queries' }, /IS_A_DIRECTORY.*vfs_ls/s)
  await fails(t, 'vfs_ls', { path: '/nowhere' }, /PATH_NOT_FOUND/)
  await fails(t, 'vfs_ls', { path: 'ipfs' }, /slash/)
})

t.test('links of the tree are followed inside it and never out of it', async (t) => {
  const linked = join(folder, 'linked')
  mkdirSync(join(linked, 'sub'), { recursive: true })
  writeFileSync(join(linked, 'file'), 'here')
  symlinkSync('../file', join(linked, 'sub', 'up'))
  symlinkSync('/etc/passwd', join(linked, 'out'))
  symlinkSync('loop', join(linked, 'loop'))
  const cid = await kit.add(linked)
  t.match(await call('vfs_cat', { path: `/ipfs/${cid}/sub/up` }), { text: 'here' })
  t.match(await call('vfs_info', { path: `/ipfs/${cid}/out` }), {
    type: 'symlink',
    target: '/etc/passwd'
  })
  await fails(t, 'vfs_cat', { path: `/ipfs/${cid}/out` }, /ACCESS_DENIED/)
  await fails(t, 'vfs_cat', { path: `/ipfs/${cid}/loop` }, /LINK_LOOP/)
  t.match(await call('vfs_ls', { path: `/ipfs/${cid}/../../../../..` }), {
    entries: [{}, {}, {}, {}, {}]
  })
})

t.test('health, cache and log', async (t) => {
  const disk = join(folder, 'disk')
  mkdirSync(disk)
  await kit.ok('backend', 'add', 'disk', '--type', 'filesystem', '--path', disk)
  await kit.ok('pin', 'add', root, '--backend', 'disk')
  t.match(await call('system_health'), {
    healthy: true,
    problems: [],
    home: kit.home,
    engine: null,
    backends: [{ name: 'disk', type: 'filesystem' }],
    copies: [{ backend: 'disk', stored: 1, failed: 0 }]
  })
  const deep = await call<{ checks: { check: string; ok: boolean }[] }>('system_health', {
    deep: true
  })
  t.ok(deep.checks.some(({ check, ok }) => check === 'backend disk' && ok))
  t.match(await call('cache_stats'), {
    memory: { hits: Number },
    hit_ratio: null,
    fetched_blocks: 0
  })
  t.match(await call('wal_status'), { operations: { failed: 0, completed: Number }, failures: [] })
})

t.test('a home that is not there is told, and not made', async (t) => {
  const absent = new Kit(join(folder, 'absent'))
  const own = await mcpClient(t, absent)
  t.match(await callTool(own, 'system_health'), { healthy: false, problems: [/there is no home/] })
  t.match(await callTool(own, 'vfs_ls', { path: '/ipfs' }), { entries: [] })
  t.match(await callTool(own, 'parquet_query_datasets', { sql: 'SELECT 1 AS one' }), {
    rows: [[1]]
  })
  t.same((await own.listResources()).resources, [])
  t.notOk(existsSync(absent.home))
})

t.test('a configuration that is wrong is told by what needs it', async (t) => {
  const wrong = new Kit(join(folder, 'wrong'))
  const cid = await wrong.add(join(files, 'bytes.bin'))
  writeFileSync(join(wrong.home, 'mount.config.json'), '{"add.profile": "none"}')
  const own = await mcpClient(t, wrong)
  t.match(await callTool(own, 'ipfs_cat', { path: cid }), { size: 1000 })
  const refused = await own.callTool({ name: 'ipfs_add', arguments: { text: 'x' } })
  t.match(textOf(refused), /CONFIG_INVALID.*add\.profile/s)
})
