/** Files that are encrypted before they leave, and opened by ranges; with the real `age`, too. */
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  statSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import fc from 'fast-check'
import { AgeKey, newIdentity, recipientOf } from '../../backends/encryption/age-key.js'
import { encrypted } from '../../backends/encryption/encrypted.js'
import { sealedContent } from '../../backends/encryption/sealed-content.js'
import { facetOf } from '../../backends/facets/facets.js'
import type { FileContent } from '../../backends/facets/named-files.js'
import { FilesBackend, type StoredFiles } from '../../backends/files/files-backend.js'
import { FilesystemBackend } from '../../backends/filesystem/backend.js'
import { GatewayBackend } from '../../backends/gateway/backend.js'
import { HuggingfaceBackend } from '../../backends/huggingface/backend.js'
import { hubPlace } from '../../backends/huggingface/options.js'
import { allowManyListeners } from '../../src/core/abort.js'
import { backendSuite } from '../contract/backend-suite.js'
import { hubServer } from '../servers/hub.js'
import { archiveOf, largeFile } from '../support/archives.js'
import { Kit } from '../support/cli.js'
import { MemoryFiles } from '../support/memory-files.js'
import { rawCid } from '../support/stores.js'
import { tempFolder } from '../support/temp.js'

const { signal } = new AbortController()
allowManyListeners(signal)
const CHUNK = 65_536

const identity = await newIdentity()
const recipient = await recipientOf(identity)

const hasAge = spawnSync('age', ['--version']).status === 0
const skipWithoutAge = { skip: hasAge ? false : 'the program age is not here' }

class StoredMemory extends MemoryFiles implements StoredFiles {
  readonly where = 'memory'
  describe = (): Promise<string> => Promise.resolve('a fixture')
}

async function encryptedMemory(key = identity) {
  const files = new StoredMemory()
  const warnings: string[] = []
  const plain = new FilesBackend('memory', 'fixture', () => files, { warn: (line) => warnings.push(line) }) // prettier-ignore
  const backend = await encrypted(plain, key, await recipientOf(key))
  const reader = facetOf(backend, 'fileReader')
  const read = async (name: string, position = 0, length?: number): Promise<Buffer> => {
    const parts: Uint8Array[] = []
    const range = length === undefined ? { position } : { position, length }
    for await (const piece of reader.get(name, range, { signal })) parts.push(piece)
    return Buffer.concat(parts)
  }
  const put = (name: string, bytes: Uint8Array): Promise<void> =>
    facetOf(backend, 'fileWriter').put(name, () => [bytes], { signal })
  return { files, backend, reader, read, put, warnings }
}

async function storedBytes(files: MemoryFiles, name: string): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const piece of files.get(name, { position: 0 }, { signal })) parts.push(piece)
  return Buffer.concat(parts)
}

backendSuite('an encrypted folder', {}, async (t) => {
  const disk = tempFolder(t, 'disk')
  const backend = await encrypted(new FilesystemBackend('disk', disk), identity, recipient)
  return {
    backend,
    plant: (cid, block) => facetOf(backend, 'blockWriter').putBlock(cid, block, { signal }),
    plantFile: (name, bytes) => facetOf(backend, 'fileWriter').put(name, () => [bytes], { signal })
  }
})

t.test('any range of a file is what it was, and of any size', async (t) => {
  const { files, reader, read, put } = await encryptedMemory()
  for (const size of [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 300_000]) {
    const bytes = randomBytes(size)
    await put('a', bytes)
    t.ok(bytes.equals(await read('a')), `${size}`)
    t.match(await reader.stat('a', { signal }), { size })
    const shown = []
    for await (const entry of reader.list('', '', { signal })) shown.push(entry.size)
    t.same(shown, [size])
    t.notOk((await storedBytes(files, 'a')).includes(bytes.subarray(0, 32)) && size > 32, 'hidden')
  }
  const bytes = randomBytes(5 * CHUNK + 17)
  await put('a', bytes)
  await fc.assert(
    fc.asyncProperty(fc.nat(6 * CHUNK), fc.nat(3 * CHUNK), async (position, length) =>
      bytes.subarray(position, position + length).equals(await read('a', position, length))
    ),
    { numRuns: 200 }
  )
  files.asked = files.reads = 0
  await read('a', 3 * CHUNK + 5, 100)
  t.equal(files.reads, 1)
  t.equal(files.asked, CHUNK + 16, 'one chunk is read for a range within it')
})

t.test('threats 85: bytes that were changed are an error, wherever they are', async (t) => {
  const { files, read, put, warnings, reader } = await encryptedMemory()
  const bytes = randomBytes(3 * CHUNK)
  await put('good', bytes)
  const good = await storedBytes(files, 'good')
  const chunk = (i: number): Buffer =>
    good.subarray(184 + i * (CHUNK + 16), 184 + (i + 1) * (CHUNK + 16))
  const flipped = (at: number): Buffer => {
    const bad = Buffer.from(good)
    bad[at]! ^= 1
    return bad
  }
  for (const [what, bad] of Object.entries({
    'a flipped bit': flipped(184 + CHUNK + 50),
    'a flipped tag': flipped(184 + CHUNK + 8),
    'another nonce': flipped(170),
    'another header': flipped(150),
    'chunks swapped': Buffer.concat([good.subarray(0, 184), chunk(1), chunk(0), chunk(2)]),
    'cut short at a chunk': good.subarray(0, 184 + 2 * (CHUNK + 16)),
    'cut short in a chunk': good.subarray(0, good.length - 5),
    'more behind the end': Buffer.concat([good, chunk(0)])
  })) {
    files.set('bad', new Uint8Array(bad))
    await t.rejects(read('bad'), { code: 'INTEGRITY' }, what)
  }
  files.set('plain', new Uint8Array(bytes))
  await t.rejects(read('plain'), { code: 'INTEGRITY', message: /is not encrypted/ })
  files.set('tiny', Buffer.from('a note'))
  t.equal(await reader.stat('tiny', { signal }), undefined)
  t.match(warnings, [/tiny is not encrypted; it is skipped/])
  await put('good', randomBytes(10))
  t.equal((await read('good')).length, 10, 'a file that is put anew has another key')
  const other = await encryptedMemory()
  await other.put('x', bytes)
  await read('good')
  files.set('good', await storedBytes(other.files, 'x'))
  t.ok(bytes.equals(await read('good')), 'the key of a file that was replaced is read again')
})

t.test('threats 85: another key is CREDENTIALS', async (t) => {
  const { files, put } = await encryptedMemory()
  await put('a', randomBytes(10))
  const other = await encryptedMemory(await newIdentity())
  other.files.set('a', await storedBytes(files, 'a'))
  await t.rejects(other.read('a'), { code: 'CREDENTIALS', message: /another key/ })
  const gateway = new GatewayBackend('web', [new URL('http://127.0.0.1:9')])
  await t.rejects(encrypted(gateway, identity, recipient), { code: 'USAGE', message: /stores no files/ }) // prettier-ignore
  await gateway.close()
})

t.test('a block of an encrypted archive takes the chunks that it touches', async (t) => {
  const { files, backend, put } = await encryptedMemory()
  const { blocks: dag, content } = largeFile(Array.from({ length: 40 }, () => randomBytes(100_000)), 20) // prettier-ignore
  await put(`cars/${dag[0]!.cid}.car`, await archiveOf(dag))
  const blocks = facetOf(backend, 'blockReader')
  await blocks.getBlock(dag[0]!.cid, { signal })
  files.asked = files.reads = 0
  const leaf = dag.find(({ cid }) => cid.equals(rawCid(content.subarray(1_000_000, 1_100_000))))!
  t.ok(Buffer.from(await blocks.getBlock(leaf.cid, { signal })).equals(leaf.block))
  t.equal(files.reads, 1)
  t.ok(files.asked <= 4 * (CHUNK + 16))
  const parts: Buffer[] = []
  for await (const piece of facetOf(backend, 'fileStreams').readFile(dag[0]!.cid, 0, { signal })) parts.push(Buffer.from(piece)) // prettier-ignore
  t.ok(content.equals(Buffer.concat(parts)))
})

t.test(
  'the program age opens what lies there, and writes what is read',
  skipWithoutAge,
  async (t) => {
    const folder = tempFolder(t, 'age')
    const { files, put, read } = await encryptedMemory()
    const bytes = randomBytes(200_000)
    await put('a', bytes)
    writeFileSync(join(folder, 'key'), `# a key\n${identity}\n`, { mode: 0o600 })
    writeFileSync(join(folder, 'a.age'), await storedBytes(files, 'a'))
    const opened = spawnSync('age', ['-d', '-i', join(folder, 'key'), join(folder, 'a.age')], { maxBuffer: 1e8 }) // prettier-ignore
    t.ok(bytes.equals(opened.stdout), opened.stderr.toString())
    const made = spawnSync('age', ['-r', recipient], { input: bytes, maxBuffer: 1e8 })
    files.set('b', made.stdout)
    t.ok(bytes.equals(await read('b')))
  }
)

t.test('backend add --encrypt makes a key, and keeps it apart', async (t) => {
  const folder = tempFolder(t, 'home')
  const home = join(folder, 'home')
  const kit = new Kit(home)
  const disk = join(folder, 'disk')
  mkdirSync(disk)
  const added = await kit.run(['backend', 'add', 'disk', '--type', 'filesystem', '--path', disk, '--encrypt']) // prettier-ignore
  t.equal(added.code, 0, added.stderr)
  const file = join(home, 'keys', 'disk.age-identity.txt')
  t.match(added.stderr, file)
  t.equal(statSync(file).mode & 0o777, 0o600)
  const key = readFileSync(file, 'utf8')
  const shown = await kit.ok('backend', 'show', 'disk')
  t.match(shown, /encrypted for +age1/)
  t.notMatch(shown, 'AGE-SECRET-KEY')
  t.notMatch(readFileSync(join(home, 'backends', 'disk', 'backend.json'), 'utf8'), 'AGE-SECRET-KEY')
  await kit.ok('backend', 'test', 'disk')
  const update = await kit.run(['backend', 'update', 'disk', '--priority', '3'])
  t.equal(update.code, 0)
  chmodSync(file, 0o644)
  t.equal((await kit.run(['backend', 'test', 'disk'])).code, 12, 'a key that others can read')
  chmodSync(file, 0o600)
  renameSync(file, join(folder, 'copy'))
  const without = await kit.run(['backend', 'test', 'disk'])
  t.equal(without.code, 12)
  t.match(without.stderr, /is missing; bring it back/)
  await kit.ok('backend', 'update', 'disk', '--age-identity', join(folder, 'copy'))
  t.equal(readFileSync(file, 'utf8'), key)
  await kit.ok('backend', 'rm', 'disk')
  t.ok(readdirSync(join(home, 'keys')).includes('disk.age-identity.txt'), 'the key stays')
  await kit.ok('backend', 'add', 'plain', '--type', 'filesystem', '--path', disk)
  t.equal((await kit.run(['backend', 'update', 'plain', '--encrypt'])).code, 2)
  t.equal((await kit.run(['backend', 'add', 'web', '--type', 'gateway', '--url', 'https://example.com', '--encrypt'])).code, 2) // prettier-ignore
})

t.test('fixture: what is measured before it is sent is encrypted once, as one file', async (t) => {
  const server = await hubServer(t, 'hf_the-token')
  const place = hubPlace({ repo: ['me/archive'], endpoint: [server.url] }, () => 'hf_the-token')
  const backend = await encrypted(new HuggingfaceBackend('hub', place), identity, recipient)
  t.teardown(() => backend.close())
  const bytes = randomBytes(5 << 20)
  await facetOf(backend, 'fileWriter').put('cars/a.car', () => [bytes], { signal })
  const parts: Uint8Array[] = []
  const reader = facetOf(backend, 'fileReader')
  for await (const piece of reader.get('cars/a.car', { position: 0 }, { signal })) parts.push(piece)
  t.ok(Buffer.concat(parts).equals(bytes))
})

t.test('no two contents go out below one key', async (t) => {
  const head = await (await AgeKey.of(identity)).newHead()
  const sent = async (content: FileContent): Promise<Buffer> => {
    const parts: Uint8Array[] = []
    try {
      for await (const piece of content()) parts.push(piece)
    } catch (error) {
      t.match(error, { code: 'INTEGRITY', message: /changed while it was sent/ })
    }
    return Buffer.concat(parts)
  }
  const [first, second] = [randomBytes(2 * CHUNK), randomBytes(CHUNK)]
  let now = Buffer.concat([first, second])
  const content = sealedContent(head, () => [now])
  const all = await sent(content)
  t.ok(all.equals(await sent(content)), 'the same bytes again')
  now = Buffer.concat([first, randomBytes(CHUNK)])
  t.ok(all.subarray(0, 184 + 2 * (CHUNK + 16)).equals(await sent(content)), 'as far as they are the same') // prettier-ignore
  const long = randomBytes(300 * CHUNK)
  const large = sealedContent(head, () => [long])
  const whole = await sent(large)
  t.ok(whole.equals(await sent(large)), 'one of many chunks, too')
  long[299 * CHUNK]! ^= 1
  t.ok(whole.subarray(0, 184 + 299 * (CHUNK + 16)).equals(await sent(large)))
})
