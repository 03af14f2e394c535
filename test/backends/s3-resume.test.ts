/** Uploads in parts that are cut off, and go on where they were. */
import {
  AbortMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand
} from '@aws-sdk/client-s3'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { connect, createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { facetOf } from '../../backends/facets/facets.js'
import type { NamedFiles } from '../../backends/facets/named-files.js'
import { readRange } from '../../backends/files/read-range.js'
import { S3Backend } from '../../backends/s3/backend.js'
import type { S3Settings } from '../../backends/s3/options.js'
import { KitError } from '../../src/core/errors.js'
import { skipWithoutRgw, startRgw, type Rgw } from '../servers/rgw.js'
import { Kit } from '../support/cli.js'
import { tempFolder } from '../support/temp.js'

const { signal } = new AbortController()
const MIB = 1 << 20
const PART = 8 * MIB
const top = t
const onRgw = { ...skipWithoutRgw, timeout: 120_000 }

/** Stands between a client and the gateway, and counts what is sent there. */
interface Way {
  readonly endpoint: URL
  sent: number
  /** Is told whenever something is sent. */
  onSent: () => void
  /** Stands in for what the gateway answers, from now on. */
  answer: string | undefined
  /** What begins a request whose answer is lost; the gateway does what it asks for. */
  loses: string | undefined
}

async function way(t: Test, rgw: Rgw): Promise<Way> {
  const { hostname, port } = new URL(rgw.endpoint)
  const server = createServer((client) => {
    const behind = connect(Number(port), hostname)
    client.on('data', (data) => {
      found.sent += data.length
      found.onSent()
      if (found.loses !== undefined && data.toString('latin1').startsWith(found.loses)) {
        behind.unpipe(client)
        behind.once('data', () => client.destroy()).resume()
      }
      if (found.answer === undefined || !client.writable) return
      behind.unpipe(client)
      client.end(found.answer)
    })
    client.pipe(behind).pipe(client)
    client.on('error', () => behind.destroy())
    behind.on('error', () => client.destroy())
    client.on('close', () => behind.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const at = (server.address() as AddressInfo).port
  const endpoint = new URL(`http://127.0.0.1:${at}`)
  const found: Way = { endpoint, sent: 0, onSent: () => undefined, answer: undefined, loses: undefined } // prettier-ignore
  return found
}

interface Stage {
  readonly way: Way
  readonly settings: S3Settings
  /** The files as a process of its own has them. */
  readonly files: () => NamedFiles
  /** Number of uploads that were begun and not ended. */
  readonly unfinished: () => Promise<number>
  /** Resolves when the only one of them has so many parts. */
  readonly stored: (parts: number) => Promise<void>
  /** Removes those that nobody sent to since a time. */
  readonly sweep: (before: number) => Promise<number>
  /** Removes all of them. */
  readonly abortAll: () => Promise<void>
}

async function stage(t: Test, changes: Partial<S3Settings> = {}): Promise<Stage> {
  const rgw = await startRgw(top)
  const between = await way(t, rgw)
  const settings = await rgw.settings({ endpoints: [between.endpoint], ...changes })
  const client = rgw.client()
  t.teardown(() => client.destroy())
  const uploads = async () => (await client.send(new ListMultipartUploadsCommand({ Bucket: settings.bucket }))).Uploads ?? [] // prettier-ignore
  const backendOf = (): S3Backend => {
    const backend = new S3Backend('bucket', settings, rgw.secrets())
    t.teardown(() => backend.close())
    return backend
  }
  return {
    way: between,
    settings,
    sweep: (before) => facetOf(backendOf(), 'leftovers').sweep(before, { signal }),
    files: () => {
      const backend = backendOf()
      return { ...facetOf(backend, 'fileReader'), ...facetOf(backend, 'fileWriter') }
    },
    unfinished: async () => (await uploads()).length,
    stored: async (parts) => {
      for (let have = 0; have < parts;) {
        const { Key, UploadId } = (await uploads())[0]!
        have = (await client.send(new ListPartsCommand({ Bucket: settings.bucket, Key, UploadId }))).Parts?.length ?? 0 // prettier-ignore
      }
    },
    abortAll: async () => {
      for (const { Key, UploadId } of await uploads())
        await client.send(new AbortMultipartUploadCommand({ Bucket: settings.bucket, Key, UploadId })) // prettier-ignore
    }
  }
}

const inPieces = function* (bytes: Buffer): Iterable<Buffer> {
  for (let at = 0; at < bytes.length; at += MIB) yield bytes.subarray(at, at + MIB)
}

/** Content that comes to its end only where the other side is asked again. */
const cutOff = async function* (bytes: Buffer, isSent: () => Promise<void>): AsyncIterable<Buffer> {
  yield* inPieces(bytes)
  await isSent()
  throw new KitError('BACKEND_UNAVAILABLE', 'the line is dead')
}

const wholeOf = async (files: NamedFiles, name: string): Promise<Buffer> =>
  Buffer.from(await readRange(files, name, { position: 0 }, 1 << 30, { signal }))

t.test('threats 88: an upload that was cut off goes on with what is missing', onRgw, async (t) => {
  const { way, files, unfinished, stored } = await stage(t)
  const bytes = randomBytes(6 * PART + 17)
  const begun = bytes.subarray(0, 4 * PART + MIB)
  const first = files()
  await t.rejects(first.put('cars/a', () => cutOff(begun, () => stored(4)), { signal }), { code: 'BACKEND_UNAVAILABLE' }) // prettier-ignore
  t.equal(await unfinished(), 1, 'its parts wait')
  t.equal(await first.stat('cars/a', { signal }), undefined, 'nobody sees them')
  way.sent = 0
  await files().put('cars/a', () => inPieces(bytes), { signal })
  t.ok(way.sent < 2 * PART + MIB, `${way.sent} bytes were sent the second time`)
  t.ok(bytes.equals(await wholeOf(files(), 'cars/a')))
  t.equal(await unfinished(), 0)
})

t.test('what was sent of other bytes is not taken for theirs', onRgw, async (t) => {
  for (const from of [0, PART]) {
    const { files, stored, sweep, unfinished } = await stage(t)
    const bytes = randomBytes(3 * PART + 5)
    await t.rejects(files().put('cars/a', () => cutOff(bytes, () => stored(3)), { signal }))
    const other = Buffer.concat([bytes.subarray(0, from), randomBytes(3 * PART + 5 - from)])
    await files().put('cars/a', () => inPieces(other), { signal })
    t.ok(other.equals(await wholeOf(files(), 'cars/a')), `they differ from ${from} on`)
    const left = await unfinished()
    t.equal(await sweep(Date.now() - 3_600_000), 0, 'what was sent lately is left alone')
    t.equal(await sweep(Date.now() + 3_600_000), left)
    t.equal(await unfinished(), 0)
  }
})

t.test('an upload that another process ended meanwhile begins anew', onRgw, async (t) => {
  const { files, unfinished, stored, abortAll } = await stage(t)
  const bytes = randomBytes(4 * PART)
  const begun = bytes.subarray(0, 2 * PART + MIB)
  await t.rejects(files().put('cars/a', () => cutOff(begun, () => stored(2)), { signal }))
  let passes = 0
  const content = async function* (): AsyncIterable<Buffer> {
    yield bytes.subarray(0, 3 * PART)
    if (++passes === 1) await abortAll()
    yield bytes.subarray(3 * PART)
  }
  await files().put('cars/a', content, { signal })
  t.equal(passes, 2)
  t.ok(bytes.equals(await wholeOf(files(), 'cars/a')))
  t.equal(await unfinished(), 0)
})

t.test('an object whose answer was lost is there, and not sent again', onRgw, async (t) => {
  const rgw = await startRgw(top)
  for (const more of [[], [new URL(rgw.endpoint)]]) {
    const { way, settings, unfinished } = await stage(t)
    const put = async (content: () => Iterable<Buffer>): Promise<NamedFiles> => {
      const backend = new S3Backend('bucket', { ...settings, endpoints: [way.endpoint, ...more] }, rgw.secrets()) // prettier-ignore
      t.teardown(() => backend.close())
      const files = { ...facetOf(backend, 'fileReader'), ...facetOf(backend, 'fileWriter') }
      await files.put('cars/a', content, { signal })
      return files
    }
    const bytes = randomBytes(2 * PART + 17)
    // What puts the parts together is the request that has no number of a part.
    way.loses = `POST /${settings.bucket}/cars/a?uploadId`
    let passes = 0
    const content = function* (): Iterable<Buffer> {
      passes++
      yield* inPieces(bytes)
    }
    const files = await put(content)
    t.equal(passes, 1, `${more.length} others`)
    t.ok(bytes.equals(await wholeOf(files, 'cars/a')))
    t.equal(await unfinished(), 0)
  }
})

t.test('what must not replace leaves what is there', onRgw, async (t) => {
  const { files } = await stage(t)
  const [one, other] = [Buffer.from('one'), Buffer.from('other')]
  await files().put('mark', () => [one], { signal, ifAbsent: true })
  await t.rejects(files().put('mark', () => [other], { signal, ifAbsent: true }), { code: 'EXISTS' }) // prettier-ignore
  t.same(await wholeOf(files(), 'mark'), one)
  await files().put('mark', () => [other], { signal })
  t.same(await wholeOf(files(), 'mark'), other)
})

t.test('threats 88: pin add that was killed is continued by pin heal', onRgw, async (t) => {
  const { way, settings, unfinished } = await stage(t)
  const rgw = await startRgw(top)
  const folder = tempFolder(t, 'resume')
  const kit = new Kit(join(folder, 'home'))
  writeFileSync(join(folder, 'secret'), rgw.key.secret, { mode: 0o600 })
  await kit.ok('backend', 'add', 's3', '--type', 's3', '--bucket', settings.bucket, '--endpoint', way.endpoint.href, '--access-key-id', rgw.key.accessKeyId, '--secret-file', join(folder, 'secret')) // prettier-ignore
  writeFileSync(join(folder, 'file'), randomBytes(8 * PART))
  const cid = await kit.ok('add', '-Q', join(folder, 'file'))
  way.sent = 0
  const { signal: killed } = await kit.run(['pin', 'add', cid, '--backend', 's3'], {
    onStart: (child) => {
      way.onSent = () => {
        if (way.sent > 6 * PART) child.kill('SIGKILL')
      }
    }
  })
  t.equal(killed, 'SIGKILL')
  t.equal(await unfinished(), 1)
  way.sent = 0
  way.onSent = () => undefined
  t.match(await kit.ok('pin', 'heal'), /^stored/m)
  // Those that were under way when it was killed are sent again.
  t.ok(way.sent < 7 * PART, `${way.sent} bytes were sent the second time`)
  t.equal(await unfinished(), 0)
  t.match(await kit.ok('pin', 'verify', '--read-data'), /^1 copy hashed and sound/m)
})

/** An answer of a server that takes a token no longer, whatever it is asked. */
const EXPIRED = ((): string => {
  const body = '<?xml version="1.0"?><Error><Code>ExpiredToken</Code><Message>no</Message></Error>'
  return `HTTP/1.1 400 Bad Request\r\ncontent-type: application/xml\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}` // prettier-ignore
})()

for (const [what, expire, told] of [
  ['a key is taken away', (rgw: Rgw) => rgw.admin('key', 'rm', '--uid=t', '--access-key=SHORTLIVED'), /does not know the access key/], // prettier-ignore
  ['fixture: a token expires', (_: Rgw, way: Way) => void (way.answer = EXPIRED), /session token has expired.*--session-token-file/] // prettier-ignore
] as const)
  t.test(
    `threats 88, 90: ${what} in the middle of an upload, which goes on with a new one`,
    onRgw,
    async (t) => {
      const rgw = await startRgw(top)
      await rgw.admin(
        'key',
        'create',
        '--uid=t',
        '--key-type=s3',
        '--access-key=SHORTLIVED',
        `--secret-key=${rgw.key.secret}`
      )
      const { way, settings, files, unfinished, stored } = await stage(t)
      const shortLived = new S3Backend(
        'bucket',
        { ...settings, accessKeyId: 'SHORTLIVED' },
        rgw.secrets()
      )
      t.teardown(() => shortLived.close())
      const bytes = randomBytes(5 * PART + 17)
      const content = async function* (): AsyncIterable<Buffer> {
        yield* inPieces(bytes.subarray(0, 3 * PART + MIB))
        await stored(3)
        await expire(rgw, way)
        yield* inPieces(bytes.subarray(3 * PART + MIB))
      }
      await t.rejects(facetOf(shortLived, 'fileWriter').put('cars/a', content, { signal }), {
        code: 'CREDENTIALS',
        message: told
      })
      way.answer = undefined
      way.sent = 0
      t.equal(await unfinished(), 1, 'its parts wait')
      t.equal(await files().stat('cars/a', { signal }), undefined, 'nobody sees them')
      await files().put('cars/a', () => inPieces(bytes), { signal })
      t.ok(way.sent < 3 * PART, `${way.sent} bytes were sent the second time`)
      t.ok(bytes.equals(await wholeOf(files(), 'cars/a')))
      t.equal(await unfinished(), 0)
    }
  )
