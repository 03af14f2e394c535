/**
 * A bucket that holds a million objects of others: what the commands list of it. The objects are a real
 * gateway's; the lists are answered by a fixture, which has a million more.
 */
import { CreateMultipartUploadCommand, GetObjectCommand, ListMultipartUploadsCommand, ListObjectsV2Command, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3' // prettier-ignore
import { mkdirSync, writeFileSync } from 'node:fs'
import { request as ask, type IncomingMessage, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { facetOf } from '../../backends/facets/facets.js'
import { S3Backend } from '../../backends/s3/backend.js'
import { httpServer } from '../servers/http.js'
import { skipWithoutRgw, startRgw, type Rgw } from '../servers/rgw.js'
import { Kit } from '../support/cli.js'
import { PLACE_FILE } from '../../src/pins/place-file.js'
import { tempFolder } from '../support/temp.js'

const { signal } = new AbortController()
const FOREIGN = 1_000_000
const PAGE = 1000
const MIB = 1 << 20
const top = t
const onRgw = { ...skipWithoutRgw, timeout: 180_000 }

interface Crowd {
  readonly endpoint: string
  /** The prefixes that were listed, each as often as a page of it was asked for. */
  readonly listed: string[]
}

/** The gateway with a million objects more: beside everything, or in a folder. */
async function crowd(t: Test, rgw: Rgw, folder: string): Promise<Crowd> {
  const listed: string[] = []
  const endpoint = await httpServer(t, (request, response) => {
    const { searchParams: query } = new URL(request.url ?? '', 'http://x')
    if (!query.has('list-type')) return forward(rgw, request, response)
    const prefix = query.get('prefix') ?? ''
    listed.push(prefix)
    const isFirst = !query.has('continuation-token')
    // What is really there comes before: names of CARs begin with letters before `z`.
    if (!folder.startsWith(prefix) || (isFirst && prefix !== '')) return forward(rgw, request, response, folder.startsWith(prefix)) // prettier-ignore
    response.end(page(folder, Number(query.get('continuation-token') ?? 0)))
  })
  return { endpoint, listed }
}

/** Sends a request on as it came. @param hasMore whether the list that it asks for is said to go on. */
function forward(rgw: Rgw, from: IncomingMessage, to: ServerResponse, hasMore = false): void {
  const { hostname, port } = new URL(rgw.endpoint)
  const { expect: _, ...headers } = from.headers
  const asked = ask({ hostname, port, path: from.url, method: from.method, headers }, (answer) => {
    if (!hasMore) return answer.pipe(to.writeHead(answer.statusCode ?? 500, answer.headers))
    const parts: Buffer[] = []
    answer.on('data', (part: Buffer) => parts.push(part))
    answer.once('end', () => to.end(goingOn(Buffer.concat(parts).toString())))
  })
  asked.on('error', () => to.destroy())
  from.pipe(asked)
}

const goingOn = (list: string): string =>
  list.replace('<IsTruncated>false</IsTruncated>', '<IsTruncated>true</IsTruncated><NextContinuationToken>0</NextContinuationToken>') // prettier-ignore

function page(folder: string, from: number): string {
  const next = from + PAGE
  const keys = Array.from({ length: PAGE }, (_, i) => `<Contents><Key>${folder}z${String(from + i).padStart(7, '0')}.jpg</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>"e"</ETag><Size>5</Size></Contents>`) // prettier-ignore
  const more = next < FOREIGN ? `<IsTruncated>true</IsTruncated><NextContinuationToken>${next}</NextContinuationToken>` : '<IsTruncated>false</IsTruncated>' // prettier-ignore
  return `<?xml version="1.0"?><ListBucketResult><Name>bucket</Name>${more}${keys.join('')}</ListBucketResult>`
}

t.test(
  'threats 93, fixture: pins are kept beside a million objects of others, which nobody lists',
  onRgw,
  async (t) => {
    const rgw = await startRgw(top)
    const { endpoint, listed } = await crowd(t, rgw, 'photos/')
    const folder = tempFolder(t, 'crowded')
    const kit = new Kit(join(folder, 'home'))
    mkdirSync(join(folder, 'second'))
    const secret = join(folder, 'secret')
    writeFileSync(secret, rgw.key.secret, { mode: 0o600 })
    await kit.ok('backend', 'add', 's3', '--type', 's3', '--bucket', await rgw.bucket(), '--endpoint', endpoint, '--access-key-id', rgw.key.accessKeyId, '--secret-file', secret) // prettier-ignore
    writeFileSync(join(folder, 'file'), 'kept among many')
    const cid = await kit.add(join(folder, 'file'))
    await kit.ok('pin', 'add', cid, '--backend', 's3')
    for (const command of [
      ['pin', 'verify', '--read-data'],
      ['pin', 'heal'],
      ['pin', 'ls', '--backend', 's3'],
      ['pin', 'whereis', cid]
    ])
      // prettier-ignore
      await kit.ok(...command)
    t.same(listed, [], 'what is known needs no list')
    await kit.ok('backend', 'test', 's3')
    await kit.ok('pin', 'rm', cid, '--backend', 's3')
    t.same([...new Set(listed)].filter((prefix) => !['cars/', 'blocks/'].includes(prefix)), [], 'only what is ours is listed') // prettier-ignore
    t.ok(listed.length < 10, `${listed.length} pages`)
  }
)

t.test(
  'threats 93, fixture: a folder with a million objects of others is listed as far as wanted, in bounded memory',
  onRgw,
  async (t) => {
    const rgw = await startRgw(top)
    const { endpoint, listed } = await crowd(t, rgw, 'cars/')
    const settings = await rgw.settings({ endpoints: [new URL(endpoint)] })
    const backend = new S3Backend('bucket', settings, rgw.secrets())
    t.teardown(() => backend.close())
    await facetOf(backend, 'fileWriter').put('cars/mine.car', () => [Buffer.from('x')], { signal })
    const files = facetOf(backend, 'fileReader')
    for await (const { name } of files.list('cars', '.car', { signal })) {
      t.equal(name, 'cars/mine.car')
      break
    }
    t.equal(listed.length, 1, 'whoever has what he wants asks for no more')
    const { heapUsed } = process.memoryUsage()
    let count = 0
    for await (const { name } of files.list('cars', '', { signal }))
      if (name.endsWith('.jpg') && ++count === FOREIGN / 10) break
    t.ok(listed.length <= 2 + FOREIGN / 10 / PAGE, `${listed.length} pages`)
    const grown = process.memoryUsage().heapUsed - heapUsed
    t.ok(grown < 64 * MIB, `${Math.round(grown / MIB)} MiB more`)
  }
)

/** What others put into a bucket, some of it where ours lies, under names like ours. */
const PLANTED: Readonly<Record<string, string>> = {
  'photo.jpg': 'not ours',
  'cars/notes.txt': 'what lies here',
  'cars/holiday.car': 'no archive at all',
  'cars/empty.car': '',
  'blocks/README': 'a note',
  'blocks/QQ/CIQ.data': 'not a block',
  'pin_mappings.parquet': 'PAR1 of somebody else'
}

async function objectsIn(client: S3Client, Bucket: string): Promise<Record<string, string>> {
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket }))
  const found: Record<string, string> = {}
  for (const { Key = '' } of Contents)
    found[Key] = await (await client.send(new GetObjectCommand({ Bucket, Key }))).Body!.transformToString() // prettier-ignore
  return found
}

t.test(
  'threats 93: what others put among ours is ignored, told where it is named like an archive, and stays',
  onRgw,
  async (t) => {
    const rgw = await startRgw(top)
    const [client, Bucket] = [rgw.client(), await rgw.bucket()]
    t.teardown(() => client.destroy())
    for (const [Key, Body] of Object.entries(PLANTED))
      await client.send(new PutObjectCommand({ Bucket, Key, Body }))
    await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'video.mp4' }))
    const folder = tempFolder(t, 'planted')
    const secret = join(folder, 'secret')
    writeFileSync(secret, rgw.key.secret, { mode: 0o600 })
    const withBucket = async (name: string): Promise<Kit> => {
      const kit = new Kit(join(folder, name))
      await kit.ok('backend', 'add', 's3', '--type', 's3', '--bucket', Bucket, '--endpoint', rgw.endpoint, '--access-key-id', rgw.key.accessKeyId, '--secret-file', secret) // prettier-ignore
      return kit
    }
    const kit = await withBucket('home')
    mkdirSync(join(folder, 'tree'))
    writeFileSync(join(folder, 'tree/inner'), 'kept among what is not ours')
    const cid = await kit.add(join(folder, 'tree'))
    await kit.ok('pin', 'add', cid, '--backend', 's3')
    await kit.ok('backend', 'test', 's3')
    await kit.ok('pin', 'verify', '--read-data')
    await kit.ok('pin', 'heal')
    const other = await withBucket('other')
    const { stdout, stderr } = await other.run(['cat', `${cid}/inner`])
    t.equal(stdout.toString(), 'kept among what is not ours', stderr)
    const missing = await other.run(['cat', 'bafkreigaknpexyvxt76zgkitavbwx6ejgfheup5oybpm77f3pxzrvwpfdi']) // prettier-ignore
    t.not(missing.code, 0)
    t.match(missing.stderr, /cars\/\w+\.car: not a valid CAR/, 'what cannot be looked into is told')
    await kit.ok('pin', 'rm', cid, '--backend', 's3')
    await kit.ok('pin', 'heal')
    const { [PLACE_FILE]: mark, ...others } = await objectsIn(client, Bucket)
    t.same(others, PLANTED, 'all of theirs is there, and nothing of ours')
    t.match(mark, /^[0-9a-f-]{36}\n$/, 'but the mark of the place')
    const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket }))
    t.same(Uploads.map(({ Key }) => Key), ['video.mp4']) // prettier-ignore
  }
)
