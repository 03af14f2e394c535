/** What named files do, wherever they lie. It runs over the facets as a backend offers them. */
import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Test } from 'tap'
import type { FileReader, FileWriter } from '../../backends/facets/named-files.js'
import { readRange } from '../../backends/files/read-range.js'
import { allowManyListeners } from '../../src/core/abort.js'
import { KitError } from '../../src/core/errors.js'

const signal = AbortSignal.timeout(600_000)
allowManyListeners(signal)
const LARGE = 3_000_000

const old = Buffer.from('the older content')
const fresh = randomBytes(LARGE)

/** Names that lead elsewhere, or into a line of a protocol. */
const ODD_NAMES = [
  '',
  '.',
  '..',
  '../outside',
  'a/../../outside',
  '/etc/passwd',
  'a//b',
  'a/',
  './a',
  'a\r\nDELE b',
  'a\nb',
  'a\0b',
  'a\u001b[2Jb',
  'x'.repeat(256),
  'y/'.repeat(600)
]

const wholeOf = async (files: FileReader, name: string): Promise<Buffer> =>
  Buffer.from(await readRange(files, name, { position: 0 }, 100_000_000, { signal }))

async function namesIn(files: FileReader, folder: string, suffix = ''): Promise<string[]> {
  const names: string[] = []
  for await (const { name } of files.list(folder, suffix, { signal })) names.push(name)
  return names.sort()
}

/** Makes a file to be there, by whatever means the other side has. */
type Plant = (name: string, bytes: Uint8Array) => Promise<void>

export async function fileReaderSuite(t: Test, files: FileReader, plant: Plant): Promise<void> {
  await testRanges(t, files, plant)
  await testMissing(t, files)
  await testList(t, files, plant)
  await testOddReads(t, files)
  await testAbortedReads(t, files)
}

async function testRanges(t: Test, files: FileReader, plant: Plant): Promise<void> {
  await t.test('a file comes back as it was, whole and by ranges', async (t) => {
    for (const size of [0, 1, LARGE]) {
      const bytes = randomBytes(size)
      await plant(`read/${size}`, bytes)
      t.ok(bytes.equals(await wholeOf(files, `read/${size}`)), `${size}`)
      t.match(await files.stat(`read/${size}`, { signal }), { name: `read/${size}`, size })
    }
    const bytes = randomBytes(LARGE)
    await plant('read/ranges', bytes)
    for (const [position, length] of [
      [0, 10],
      [1_048_570, 20],
      [LARGE - 5, 5],
      [LARGE - 5, 100],
      [LARGE, 10],
      [LARGE + 10, 10],
      [5, 0]
    ] as const) {
      const part = await readRange(files, 'read/ranges', { position, length }, LARGE, { signal })
      t.ok(bytes.subarray(position, position + length).equals(part), `${position} + ${length}`)
    }
    const end = await readRange(files, 'read/ranges', { position: 2_999_000 }, LARGE, { signal })
    t.ok(bytes.subarray(2_999_000).equals(end))
  })
}

async function testMissing(t: Test, files: FileReader): Promise<void> {
  await t.test('a file that is not there is no error to look for, and one to read', async (t) => {
    t.equal(await files.stat('nothing', { signal }), undefined)
    t.equal(await files.stat('no/folder/here', { signal }), undefined)
    await t.rejects(wholeOf(files, 'nothing'), { code: 'PATH_NOT_FOUND' })
    await t.rejects(wholeOf(files, 'read'), { code: 'PATH_NOT_FOUND' }, 'a folder is no file')
    t.equal(await files.stat('read', { signal }), undefined)
    t.same(await namesIn(files, 'no/folder'), [])
  })
}

async function testList(t: Test, files: FileReader, plant: Plant): Promise<void> {
  await t.test('a list has the files of one folder that end as asked for', async (t) => {
    for (const name of ['list/a.car', 'list/b.txt', 'list/below/c.car'])
      await plant(name, Buffer.from(name))
    t.same(await namesIn(files, 'list'), ['list/a.car', 'list/b.txt'])
    t.same(await namesIn(files, 'list', '.car'), ['list/a.car'])
    t.ok((await namesIn(files, '')).every((name) => !name.includes('/')))
  })
}

async function testOddReads(t: Test, files: FileReader): Promise<void> {
  await t.test('threats 44: names that lead elsewhere are not read', async (t) => {
    for (const name of ODD_NAMES) {
      const shown = JSON.stringify(name.slice(0, 20))
      await t.rejects(wholeOf(files, name), { code: 'INVALID_ARGUMENT' }, `get ${shown}`)
      await t.rejects(files.stat(name, { signal }), { code: 'INVALID_ARGUMENT' }, `stat ${shown}`)
      if (name !== '')
        await t.rejects(namesIn(files, name), { code: 'INVALID_ARGUMENT' }, `list ${shown}`)
    }
  })
}

async function testAbortedReads(t: Test, files: FileReader): Promise<void> {
  await t.test('reading that was aborted ends with its reason', async (t) => {
    const reason = new Error('enough')
    const aborted = { signal: AbortSignal.abort(reason) }
    await t.rejects(files.stat('read/1', aborted), reason)
    await t.rejects(readRange(files, 'read/1', { position: 0 }, 10, aborted), reason)
    await t.rejects(files.list('', '', aborted)[Symbol.asyncIterator]().next(), reason)
    const end = new AbortController()
    const reading = files.get('read/ranges', { position: 0 }, { signal: end.signal })
    await t.rejects(async () => {
      for await (const piece of reading) if (piece.length > 0) end.abort(reason)
    }, reason)
  })
}

export async function fileWriterSuite(
  t: Test,
  reader: FileReader,
  writer: FileWriter
): Promise<void> {
  await testPut(t, reader, writer)
  await testEndedPuts(t, reader, writer)
  await testSlowPuts(t, reader, writer)
  await testRemove(t, reader, writer)
  await testOddWrites(t, writer)
}

async function testPut(t: Test, reader: FileReader, writer: FileWriter): Promise<void> {
  await t.test('what is put is visible in one step, and replaces what was there', async (t) => {
    await writer.put('put/a', () => [old], { signal })
    const before = await reader.stat('put/a', { signal })
    let isPut = false
    const slow = async function* (): AsyncIterable<Uint8Array> {
      for (let at = 0; at < LARGE; at += 500_000) {
        t.ok(old.equals(await wholeOf(reader, 'put/a')), 'the older one until then')
        t.same(await namesIn(reader, 'put'), ['put/a'], 'no temporary file is shown')
        yield fresh.subarray(at, at + 500_000)
      }
      isPut = true
    }
    await writer.put('put/a', slow, { signal })
    t.ok(isPut)
    t.ok(fresh.equals(await wholeOf(reader, 'put/a')))
    const after = await reader.stat('put/a', { signal })
    t.equal(after?.size, LARGE)
    t.not(after?.version, before?.version)
    await writer.put('put/empty', () => [], { signal })
    t.equal((await reader.stat('put/empty', { signal }))?.size, 0)
    await writer.put('deep/er/and/deeper', () => [old], { signal })
    t.ok(old.equals(await wholeOf(reader, 'deep/er/and/deeper')))
  })

  await t.test('of several who put at once one wins whole', async (t) => {
    const contents = Array.from({ length: 5 }, () => randomBytes(200_000))
    await Promise.all(contents.map((bytes) => writer.put('put/race', () => [bytes], { signal })))
    const found = await wholeOf(reader, 'put/race')
    t.ok(contents.some((bytes) => bytes.equals(found)))
  })
}

async function testEndedPuts(t: Test, reader: FileReader, writer: FileWriter): Promise<void> {
  await t.test('whatever ends a put before its end leaves what was there', async (t) => {
    await writer.put('put/kept', () => [old], { signal })
    const reason = new Error('enough')
    let begun = 0
    const never = (): Uint8Array[] => {
      begun++
      return [fresh]
    }
    await t.rejects(writer.put('put/kept', never, { signal: AbortSignal.abort(reason) }), reason)
    t.equal(begun, 0, 'one that was aborted before begins nothing')
    const end = new AbortController()
    const cut = async function* (): AsyncIterable<Uint8Array> {
      yield fresh
      end.abort(reason)
      await delay(1)
      yield fresh
    }
    await t.rejects(writer.put('put/kept', cut, { signal: end.signal }), reason)
    const broken = function* (): Iterable<Uint8Array> {
      yield fresh
      throw new KitError('INTEGRITY', 'the content is broken')
    }
    await t.rejects(writer.put('put/kept', broken, { signal }), { code: 'INTEGRITY' })
    t.ok(old.equals(await wholeOf(reader, 'put/kept')))
    await t.rejects(writer.put('put/never', broken, { signal }), { code: 'INTEGRITY' })
    t.equal(await reader.stat('put/never', { signal }), undefined)
  })
}

async function testSlowPuts(t: Test, reader: FileReader, writer: FileWriter): Promise<void> {
  await t.test('content of a put that is tried again begins again', async (t) => {
    let tries = 0
    const content = function* (): Iterable<Uint8Array> {
      yield old
      if (++tries === 1) throw new KitError('BACKEND_UNAVAILABLE', 'it fails once')
    }
    await writer.put('put/again', content, { signal })
    t.equal(tries, 2)
    t.ok(old.equals(await wholeOf(reader, 'put/again')))
  })

  await t.test('an upload may take longer than a call, as long as it goes on', async (t) => {
    const content = async function* (): AsyncIterable<Uint8Array> {
      for (let i = 0; i < 5; i++) {
        await delay(500)
        yield old
      }
    }
    await writer.put('put/slow', content, { signal })
    t.equal((await reader.stat('put/slow', { signal }))?.size, 5 * old.length)
    const stalled = async function* (): AsyncIterable<Uint8Array> {
      yield old
      await delay(5000)
    }
    await t.rejects(writer.put('put/stalled', stalled, { signal }), { code: 'TIMEOUT' })
    t.equal(await reader.stat('put/stalled', { signal }), undefined)
  })
}

async function testRemove(t: Test, reader: FileReader, writer: FileWriter): Promise<void> {
  await t.test('what is removed is gone, and may be removed again', async (t) => {
    await writer.put('put/gone', () => [old], { signal })
    await writer.remove('put/gone', { signal })
    await writer.remove('put/gone', { signal })
    await writer.remove('no/folder/here', { signal })
    t.equal(await reader.stat('put/gone', { signal }), undefined)
  })
}

async function testOddWrites(t: Test, writer: FileWriter): Promise<void> {
  await t.test(
    'threats 44: under names that lead elsewhere nothing is put or removed',
    async (t) => {
      for (const name of ODD_NAMES) {
        const shown = JSON.stringify(name.slice(0, 20))
        let begun = false
        const content = (): Uint8Array[] => {
          begun = true
          return [old]
        }
        await t.rejects(writer.put(name, content, { signal }), { code: 'INVALID_ARGUMENT' }, shown)
        t.notOk(begun, `${shown} begins nothing`)
        await t.rejects(writer.remove(name, { signal }), { code: 'INVALID_ARGUMENT' }, shown)
      }
    }
  )
}
