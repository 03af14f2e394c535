/** The S3 backend over Ceph RGW. */
import { ListMultipartUploadsCommand, PutBucketPolicyCommand, PutObjectCommand } from '@aws-sdk/client-s3' // prettier-ignore
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { facetOf } from '../../backends/facets/facets.js'
import type { NamedFiles } from '../../backends/facets/named-files.js'
import { readRange } from '../../backends/files/read-range.js'
import { S3Backend } from '../../backends/s3/backend.js'
import type { S3Settings } from '../../backends/s3/options.js'
import { Secrets } from '../../backends/secrets.js'
import { wrap } from '../../backends/wrap/index.js'
import { backendSuite } from '../contract/backend-suite.js'
import { freePort } from '../servers/kubo.js'
import { skipWithoutRgw, startRgw, type Rgw } from '../servers/rgw.js'
import { failures } from '../support/failed-steps.js'
import { rawCid } from '../support/stores.js'

const { signal } = new AbortController()
const MIB = 1 << 20

backendSuite('a bucket', skipWithoutRgw, async () => {
  const rgw = await startRgw(t)
  const settings = await rgw.settings({ prefix: 'below/here/' })
  const make = (): S3Backend => new S3Backend('bucket', settings, rgw.secrets())
  const writable = make()
  const client = rgw.client()
  t.teardown(() => writable.close())
  return {
    backend: make(),
    plant: (cid, block) => facetOf(writable, 'blockWriter').putBlock(cid, block, { signal }),
    plantFile: async (name, bytes) => {
      await client.send(new PutObjectCommand({ Bucket: settings.bucket, Key: `below/here/${name}`, Body: bytes })) // prettier-ignore
    },
    stop: () => rgw.signal('SIGSTOP'),
    resume: () => rgw.signal('SIGCONT')
  }
})

interface Stage {
  readonly rgw: Rgw
  readonly settings: S3Settings
  readonly files: NamedFiles
  /** Another backend of the same bucket. */
  readonly another: (changes: Partial<S3Settings>, secrets?: Secrets) => S3Backend
}

const filesOf = (backend: S3Backend): NamedFiles => {
  const reader = facetOf(backend, 'fileReader')
  return { ...reader, ...facetOf(backend, 'fileWriter') }
}

async function stage(t: Test, changes: Partial<S3Settings> = {}): Promise<Stage> {
  const rgw = await startRgw(top)
  const settings = await rgw.settings(changes)
  const another: Stage['another'] = (changes, secrets = rgw.secrets()) => {
    const backend = new S3Backend('bucket', { ...settings, ...changes }, secrets)
    t.teardown(() => backend.close())
    return backend
  }
  return { rgw, settings, another, files: filesOf(another({})) }
}

const top = t
const wholeOf = async (files: NamedFiles, name: string): Promise<Buffer> =>
  Buffer.from(await readRange(files, name, { position: 0 }, 1 << 30, { signal }))

function onRgw(name: string, work: (t: Test) => Promise<void>): void {
  t.test(name, { ...skipWithoutRgw, timeout: 120_000 }, work)
}

/** Uploads in parts that were begun and not ended. */
async function unfinished({ rgw, settings }: Stage): Promise<number> {
  const client = rgw.client()
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: settings.bucket })) // prettier-ignore
  client.destroy()
  return Uploads.length
}

async function* inPieces(bytes: Buffer, size: number): AsyncIterable<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

onRgw('content of unknown length goes in parts, and comes back', async (t) => {
  const { files } = await stage(t)
  const bytes = randomBytes(35 * MIB + 17)
  await files.put('cars/large', () => inPieces(bytes, 777_777), { signal })
  t.ok(bytes.equals(await wholeOf(files, 'cars/large')))
  t.match((await files.stat('cars/large', { signal }))?.version, /-5$/, 'five parts')
  const exact = randomBytes(16 * MIB)
  await files.put('cars/exact', () => [exact], { signal })
  t.ok(exact.equals(await wholeOf(files, 'cars/exact')))
})

onRgw('threats 88: what ends an upload leaves no parts', async (t) => {
  const on = await stage(t)
  const { files } = on
  await files.put('cars/a', () => [Buffer.from('old')], { signal })
  const end = new AbortController()
  const reason = new Error('enough')
  const cancelled = async function* (): AsyncIterable<Buffer> {
    yield* inPieces(randomBytes(20 * MIB), MIB)
    end.abort(reason)
    yield randomBytes(MIB)
  }
  await t.rejects(files.put('cars/a', cancelled, { signal: end.signal }), reason)
  const broken = async function* (): AsyncIterable<Buffer> {
    yield* inPieces(randomBytes(20 * MIB), MIB)
    throw new Error('broken')
  }
  await t.rejects(files.put('cars/a', broken, { signal }), /broken/)
  t.equal(await unfinished(on), 0)
  t.equal((await wholeOf(files, 'cars/a')).toString(), 'old')
})

onRgw(
  'keys and secrets that are wrong are CREDENTIALS, and a bucket that is not there is said',
  async (t) => {
    const { rgw, another } = await stage(t)
    const wrong = new Secrets({ secret: { value: 'not the secret', from: 'the test' } })
    for (const [backend, code, message] of [
      [another({}, wrong), 'CREDENTIALS', /the secret does not belong to the access key/],
      [another({ accessKeyId: 'NOBODY' }), 'CREDENTIALS', /does not know the access key/],
      [another({}, new Secrets()), 'CREDENTIALS', /secret access key is not set/],
      [
        another({ bucket: 'nobodys-bucket' }),
        'BACKEND_UNAVAILABLE',
        /there is no bucket nobodys-bucket/
      ]
    ] as const) {
      const files = filesOf(backend)
      const refused = { code, message }
      await t.rejects(files.stat('a', { signal }), refused, 'a HEAD says nothing by itself')
      await t.rejects(wholeOf(files, 'a'), refused)
      await t.rejects(
        files.put('a', () => [Buffer.from('x')], { signal }),
        refused
      )
      await t.rejects(backend.health({ signal }), refused)
      const cid = rawCid(Buffer.from('absent'))
      await t.rejects(facetOf(backend, 'blockReader').getBlock(cid, { signal }), refused)
    }
    t.ok(rgw)
  }
)

onRgw('rights that are missing are told one by one', async (t) => {
  const { rgw, settings, another } = await stage(t)
  await rgw.admin('user', 'create', '--uid=reader', '--display-name=r', '--access-key=READER', '--secret-key=readers') // prettier-ignore
  const client = rgw.client()
  const allow = async (principal: object, ...actions: string[]): Promise<void> => {
    const arn = `arn:aws:s3:::${settings.bucket}`
    const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: principal, Action: actions, Resource: [arn, `${arn}/*`] }] } // prettier-ignore
    await client.send(new PutBucketPolicyCommand({ Bucket: settings.bucket, Policy: JSON.stringify(policy) })) // prettier-ignore
  }
  const secrets = new Secrets({ secret: { value: 'readers', from: 'the test' } })
  const backend = another({ accessKeyId: 'READER' }, secrets)
  const failed = async (): Promise<string[]> => {
    const steps = await failures(backend, signal)
    return steps.map(({ step, error }) => `${step}: ${error.code}`)
  }
  const reader = { AWS: ['arn:aws:iam:::user/reader'] }
  await allow(reader, 's3:GetObject', 's3:ListBucket')
  t.same(await failed(), ['put: ACCESS_DENIED', 'put file: ACCESS_DENIED', 'remove file: ACCESS_DENIED']) // prettier-ignore
  await allow(reader, 's3:GetObject', 's3:PutObject', 's3:DeleteObject')
  t.same(await failed(), ['ask: ACCESS_DENIED', 'list files: ACCESS_DENIED', 'remove file: ACCESS_DENIED']) // prettier-ignore
  await allow({ AWS: ['*'] }, 's3:GetObject', 's3:ListBucket')
  await client.send(new PutObjectCommand({ Bucket: settings.bucket, Key: 'cars/open', Body: 'for all' })) // prettier-ignore
  const anonymous = filesOf(another({ accessKeyId: undefined }, new Secrets()))
  t.equal((await wholeOf(anonymous, 'cars/open')).toString(), 'for all')
  await t.rejects(anonymous.put('cars/x', () => [Buffer.from('x')], { signal }), { code: 'ACCESS_DENIED' }) // prettier-ignore
  client.destroy()
})

onRgw('a quota that is used up is QUOTA', async (t) => {
  const { rgw } = await stage(t)
  await rgw.admin('user', 'create', '--uid=small', '--display-name=s', '--access-key=SMALL', '--secret-key=smalls', '--max-buckets=3') // prettier-ignore
  await rgw.admin('quota', 'set', '--uid=small', '--quota-scope=user', '--max-size=4096')
  await rgw.admin('quota', 'enable', '--uid=small', '--quota-scope=user')
  const key = { accessKeyId: 'SMALL', secret: 'smalls' }
  const settings = await rgw.settings({ bucket: await rgw.bucket(key), accessKeyId: 'SMALL' })
  const backend = new S3Backend('small', settings, rgw.secrets(key.secret))
  t.teardown(() => backend.close())
  await t.rejects(filesOf(backend).put('cars/a', () => [randomBytes(MIB)], { signal }), { code: 'QUOTA', message: /quota .* is used up/ }) // prettier-ignore
})

onRgw('an object encrypted by a key of ours is read with it alone', async (t) => {
  const { rgw, another, files } = await stage(t)
  const key = randomBytes(32).toString('base64')
  const secrets = new Secrets({
    secret: { value: rgw.key.secret, from: 'the test' },
    'sse-customer-key': { value: key, from: 'the test' }
  })
  const sealed = filesOf(another({}, secrets))
  for (const size of [100, 10 * MIB]) {
    const bytes = randomBytes(size)
    await sealed.put('cars/a', () => [bytes], { signal })
    t.ok(bytes.equals(await wholeOf(sealed, 'cars/a')))
    t.equal((await sealed.stat('cars/a', { signal }))?.size, size)
    const part = await readRange(sealed, 'cars/a', { position: 50, length: 20 }, 100, { signal })
    t.ok(bytes.subarray(50, 70).equals(part))
    await t.rejects(wholeOf(files, 'cars/a'))
  }
})

onRgw('a long list comes by pages, and has no hostile names', async (t) => {
  const { rgw, settings, files } = await stage(t)
  const client = rgw.client()
  const put = (key: string): Promise<unknown> =>
    client.send(new PutObjectCommand({ Bucket: settings.bucket, Key: key, Body: 'x' }))
  const names = Array.from({ length: 1010 }, (_, i) => `cars/${i}+ü %.car`)
  for (let i = 0; i < names.length; i += 40) await Promise.all(names.slice(i, i + 40).map(put))
  for (const key of [
    'cars/',
    'cars/a\nb.car',
    'cars//x.car',
    'cars/../y.car',
    'cars/..',
    'top.car'
  ])
    await put(key)
  const found: string[] = []
  for await (const entry of files.list('cars', '.car', { signal })) {
    found.push(entry.name)
    t.equal(entry.size, 1)
  }
  t.same(found.sort(), names.sort())
  client.destroy()
})

onRgw('threats 89: endpoints stand in for each other', async (t) => {
  const { rgw, another } = await stage(t)
  const silent = createServer().listen(0, '127.0.0.1')
  await once(silent, 'listening')
  t.teardown(() => silent.close())
  const dead = new URL(`http://127.0.0.1:${await freePort()}`)
  const mute = new URL(`http://127.0.0.1:${(silent.address() as AddressInfo).port}`)
  const good = new URL(rgw.endpoint)
  for (const endpoints of [
    [dead, good],
    [good, dead],
    [mute, good]
  ]) {
    const wrapped = wrap(another({ endpoints }), 10_000)
    const block = randomBytes(1000)
    if (endpoints[0] !== mute) await facetOf(wrapped, 'blockWriter').putBlock(rawCid(block), block, { signal }) // prettier-ignore
    else await facetOf(wrap(another({}), 10_000), 'blockWriter').putBlock(rawCid(block), block, { signal }) // prettier-ignore
    const got = await facetOf(wrapped, 'blockReader').getBlock(rawCid(block), { signal })
    t.ok(block.equals(got))
  }
})

// The last one: a gateway that starts after a crash waits half a minute for its predecessor when a bucket is made.
onRgw('threats 88: a server killed in the middle of an upload has the old object', async (t) => {
  const { rgw, files } = await stage(t)
  await files.put('cars/a', () => [Buffer.from('old')], { signal })
  const killing = async function* (): AsyncIterable<Buffer> {
    yield* inPieces(randomBytes(20 * MIB), MIB)
    await rgw.killGateway()
    yield randomBytes(MIB)
  }
  await t.rejects(files.put('cars/a', killing, { signal: AbortSignal.timeout(20_000) }))
  await rgw.startGateway()
  t.equal((await wholeOf(files, 'cars/a')).toString(), 'old')
  await files.put('cars/a', () => [Buffer.from('new')], { signal })
  t.equal((await wholeOf(files, 'cars/a')).toString(), 'new')
})
