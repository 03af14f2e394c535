/** Requests over the owner's socket: those of any wrong form are refused, and nothing is done for them. */
import { existsSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { Cid, RAW } from '../../src/core/cid.js'
import { SHA2_256, sha256 } from '../../src/core/hash.js'
import { checkMountRequest } from '../../src/mount/mountpoint.js'
import { OwnerClient } from '../../src/service/owner-client.js'
import { serveProtocol } from '../../src/service/protocol-server.js'
import { PROTOCOL_VERSION, type Handlers, type MethodName, type RequestOf } from '../../src/service/protocol.js' // prettier-ignore
import { tempFolder } from '../support/temp.js'

const cid = String(Cid.v1(RAW, SHA2_256, sha256(Buffer.from('x'))))
const pins = [{ cid, type: 'recursive', name: 'a name', createdAt: '2025-01-01T00:00:00.000Z' }] as const // prettier-ignore
const settings = {
  fetching: { offline: false, disk: null, memory: 1, maxItem: 1, minAccessCount: 1, resolver: 'off' }, // prettier-ignore
  ports: {
    service: { host: '127.0.0.1', port: 8520, tokenFile: null, tls: { certificate: '/c', key: '/k' } }, // prettier-ignore
    gateway: null,
    gatewayFetches: false,
    gatewayDomains: ['example.org'],
    metrics: { host: '127.0.0.1', port: 9464, tokenFile: null, tls: null }
  },
  log: { level: 'info', format: 'text' },
  scrubRate: 20_000_000
} as const

/** A sound request of each method. */
const SOUND: { readonly [M in MethodName]: RequestOf<M> } = {
  hello: { version: PROTOCOL_VERSION },
  status: {},
  report: {},
  mount: {
    path: '/tmp/somewhere',
    options: {
      uid: 0,
      gid: 0,
      umask: 0,
      allowOther: false,
      readOnly: false,
      memory: 1 << 20,
      open: 'auto',
      driver: 'raw',
      deadlineMs: 60_000
    },
    settings
  },
  unmount: { path: '/tmp/somewhere', force: false },
  stay: { settings },
  leave: {},
  signIn: { isReadOnly: true },
  publish: { session: 7, pins, unpinned: [pins[0].cid] },
  addPins: { pins },
  removePins: { cids: ['no CID at all'] },
  collect: {},
  survey: {},
  check: { readData: false, repair: false },
  retryOperations: { ids: ['0123456789abcdef'] },
  cancelOperations: { ids: ['0123456789abcdef'] },
  recordPins: {
    records: [
      {
        begin: { operation_type: 'store', backend: 'nas', parameters: {} },
        end: { id: '0123456789abcdef', result: null, error: null },
        change: { backend: 'nas', cid, row: null }
      }
    ]
  },
  runOperations: { runner: 'somebody' },
  settlePins: {},
  recordIndex: { patches: [{ cid, at: 0, set: { pinned: true }, add_tags: ['a'] }] },
  settleIndex: { all: false },
  retrieve: { cid, type: 'range', position: 0, length: 1 },
  resolveName: { name: 'example.org' },
  evict: { cids: [cid] },
  evictBelow: { cids: [cid] },
  listCache: { limit: 10 },
  clearCache: {},
  reloadBackends: {},
  inspectSql: { sql: 'SELECT 1' },
  selectSql: {
    request: {
      sql: 'SELECT $n',
      values: { n: { whole: '12345678901234567890' } },
      tables: [{ name: 't', files: ['/tmp/t'], format: 'csv', compression: 'gzip' }],
      output: { file: '/tmp/out', format: 'parquet' }
    },
    limits: { memoryBytes: 1 << 30, deadlineMs: 1000, maxTemporaryBytes: 0 }
  }
}

const WRONG: readonly unknown[] = [null, -1, 1.5, 'wrong \u0000', true, [], [[]], {}, { a: 1 }, 2 ** 60] // prettier-ignore

/** Fields for which one of the wrong values is a right one. */
const RIGHT: Readonly<Record<string, (value: unknown) => boolean>> = {
  isReadOnly: (value) => typeof value === 'boolean',
  name: (value) => typeof value === 'string',
  resolver: (value) => typeof value === 'string',
  host: (value) => typeof value === 'string',
  tokenFile: (value) => value === null || typeof value === 'string',
  cids: (value) => Array.isArray(value) && value.length === 0,
  ids: (value) => Array.isArray(value) && value.length === 0,
  pins: (value) => Array.isArray(value) && value.length === 0,
  unpinned: (value) => Array.isArray(value) && value.length === 0,
  records: (value) => Array.isArray(value) && value.length === 0,
  sql: (value) => typeof value === 'string',
  values: (value) => ['{}', '{"a":1}'].includes(JSON.stringify(value)),
  n: (value) => value === null || typeof value !== 'object',
  tables: (value) => Array.isArray(value) && value.length === 0,
  gatewayDomains: (value) => Array.isArray(value) && value.length === 0,
  files: (value) => Array.isArray(value) && value.length === 0,
  patches: (value) => Array.isArray(value) && value.length === 0,
  add_tags: (value) => Array.isArray(value) && value.length === 0,
  at: (value) => value === -1,
  set: (value) => JSON.stringify(value) === '{}',
  pinned: (value) => value === null || value === true,
  parameters: (value) => JSON.stringify(value) === '{}',
  result: (value) => value === null,
  error: (value) => value === null,
  row: (value) => value === null,
  disk: (value) => value === null,
  scrubRate: (value) => value === null || value === 2 ** 60,
  service: (value) => value === null,
  metrics: (value) => value === null,
  gateway: (value) => value === null,
  tls: (value) => value === null,
  ...Object.fromEntries(
    [
      'offline',
      'gatewayFetches',
      'allowOther',
      'readOnly',
      'force',
      'readData',
      'repair',
      'all'
    ].map((field) => [field, (value: unknown) => typeof value === 'boolean'])
  )
}

const OPTIONAL: ReadonlySet<string> = new Set([
  'position',
  'length',
  'begin',
  'end',
  'change',
  'n',
  'compression',
  'set',
  'pinned',
  'add_tags',
  'unpinned'
])

/** Yields a request with each of its fields gone, and each of a wrong form. */
function* broken(request: unknown): Generator<{ at: string; value: unknown }> {
  if (typeof request !== 'object' || request === null) return
  for (const [field, inner] of Object.entries(request)) {
    const put = (value: unknown): unknown =>
      Array.isArray(request)
        ? request.map((one, i) => (String(i) === field ? value : (one as unknown)))
        : { ...request, [field]: value }
    const isOptional = OPTIONAL.has(field)
    if (!isOptional) yield { at: `${field} missing`, value: put(undefined) }
    for (const wrong of WRONG) {
      if (RIGHT[field]?.(wrong) === true) continue
      if (Array.isArray(request) && typeof inner === 'string' && inner === 'no CID at all' && typeof wrong === 'string') continue // prettier-ignore
      yield { at: `${field} ${JSON.stringify(wrong)}`, value: put(wrong) }
    }
    for (const { at, value } of broken(inner)) yield { at: `${field}.${at}`, value: put(value) }
  }
}

async function recording(t: Test): Promise<{ client: OwnerClient; calls: [string, unknown][] }> {
  const calls: [string, unknown][] = []
  const handlers = Object.fromEntries(
    Object.keys(SOUND).map((method) => [
      method,
      async (request: unknown) => {
        calls.push([method, request])
        return { version: PROTOCOL_VERSION, program: '1', pid: 1 }
      }
    ])
  ) as unknown as Handlers
  const path = join(tempFolder(t, 'shapes'), 'socket')
  const server = await serveProtocol(path, handlers)
  t.teardown(() => server.close())
  const client = (await OwnerClient.connect(path))!
  t.teardown(() => client.close())
  return { client, calls }
}

t.test('a sound request arrives as it was sent', async (t) => {
  const { client, calls } = await recording(t)
  for (const [method, request] of Object.entries(SOUND)) {
    await client.call(method as 'report', { ...request, unknown: 1 } as never)
    t.same(calls.at(-1), [method, request], method)
  }
})

t.test(
  'threats 63: a field of any wrong form is refused by its name, and nothing is done',
  async (t) => {
    const { client, calls } = await recording(t)
    await client.call('report', {})
    calls.length = 0
    let refused = 0
    for (const [method, request] of Object.entries(SOUND)) {
      if (method === 'hello') continue
      const forms = [...broken(request), ...WRONG.filter((one) => !isObject(one)).map((value) => ({ at: 'all of it', value }))] // prettier-ignore
      for (const { at, value } of forms) {
        const call = client.call(method as 'report', value as never)
        await t.rejects(call, { code: 'INVALID_ARGUMENT', message: method }, `${method}: ${at}`)
        refused++
      }
    }
    t.same(calls, [])
    t.ok(refused > 300, `${refused} forms`)
  }
)

t.test('paths that are not absolute, and pins that no CID has, are refused', async (t) => {
  const { client, calls } = await recording(t)
  await client.call('report', {})
  calls.length = 0
  for (const path of ['mnt', './mnt', '', '../etc', '/tmp/../etc', '/tmp/./x', '//etc', '/tmp/\0x'])
    await t.rejects(client.call('mount', { ...SOUND.mount, path }), { message: /mount\.path must be an absolute path/ }) // prettier-ignore
  for (const wrong of ['', 'nonsense', `${cid}x`, 'Qm'])
    await t.rejects(client.call('addPins', { pins: [{ ...pins[0], cid: wrong }] }), { message: /pins\[0\]\.cid must be a CID/ }) // prettier-ignore
  t.same(calls, [])
})

t.test('the engine itself refuses mountpoints that hide or hang', async (t) => {
  const folder = tempFolder(t, 'mountpoint')
  const home = join(folder, 'home')
  mkdirSync(join(home, 'blocks'), { recursive: true })
  mkdirSync(join(folder, 'real'))
  symlinkSync(join(folder, 'real'), join(folder, 'link'))
  const refusals: [string, RegExp][] = [
    ['/etc', /not empty|system/],
    ['/', /home.*lies inside|system/],
    [home, /lies inside/],
    [join(home, 'blocks'), /lies inside the home/],
    [join(folder, 'link', 'mnt'), /leads to .*real\/mnt/],
    [join(folder, 'nowhere', 'mnt'), /does not exist/]
  ]
  for (const [path, message] of refusals)
    t.throws(
      () => checkMountRequest({ path, home, anyFolder: false }),
      { code: 'USAGE', message },
      path
    )
  checkMountRequest({ path: join(folder, 'mnt'), home, anyFolder: false })
  t.ok(existsSync(join(folder, 'mnt')))
})

const isObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

t.test('a record of work on a backend arrives whole, and one of nothing is refused', async (t) => {
  const { client, calls } = await recording(t)
  const row = {
    cid: 'QmTest123',
    car_file_path: '/nas/cars/x.car',
    backend_name: 'nas',
    created_at: '',
    status: 'stored',
    metadata: '{}'
  }
  const records = [
    { begin: { operation_type: 'heal', backend: 'nas', parameters: { cid }, max_retries: 2 } },
    { end: { id: '0123456789abcdef', result: { cid, size: 1, destination: null }, error: null } },
    { end: { id: '0123456789abcdef', result: null, error: { code: 'TIMEOUT', message: 'slow' } } },
    { change: { backend: 'nas', cid: 'QmTest123', row } },
    {
      begin: { operation_type: 'remove', backend: 'nas', parameters: { cid } },
      base: { backend: 'nas', cid: 'QmTest123', row },
      left: { replicas: 1, required: ['usb'], counting: ['usb'] }
    }
  ] as const
  await client.call('hello', { version: PROTOCOL_VERSION })
  await client.call('recordPins', { records })
  t.same(calls.at(-1), ['recordPins', { records }])
  for (const wrong of [{}, { base: { backend: 'nas', cid: 'QmTest123', row } }, { change: { backend: '../x', cid, row: null } }, { end: { id: '0123456789abcdef', result: null, error: { code: 'NO SUCH', message: '' } } }]) // prettier-ignore
    await t.rejects(client.call('recordPins', { records: [wrong] } as never), { code: 'INVALID_ARGUMENT' }) // prettier-ignore
})
