/** The write-ahead log: order, atomic groups, recovery of torn ends, refusal of damage, pruning. */
import { mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { textOf, utf8 } from '../../src/core/bytes.js'
import { isKitError } from '../../src/core/errors.js'
import { MAPPING, OPERATION } from '../../src/wal/kinds.js'
import { readLog } from '../../src/wal/log.js'
import { tempFolder } from '../support/temp.js'
import { openLog as open } from '../support/wal.js'

const texts = (folder: string, from = 1): (string | undefined)[] =>
  [...readLog(folder, from)].map(({ payload }) => textOf(payload))

const onlySegment = (folder: string): string => join(folder, readdirSync(folder).sort().at(-1)!)

/** Makes a log of some entries, each written by itself, and returns its bytes. */
async function written(folder: string, entries: readonly string[]): Promise<Buffer> {
  const { wal } = await open(folder)
  for (const text of entries) await wal.append(OPERATION, utf8(text))
  await wal.close()
  return readFileSync(onlySegment(folder))
}

t.test('entries come back in order, with their kinds, after it is opened again', async (t) => {
  const folder = join(tempFolder(t), 'wal')
  t.same([...readLog(folder, 1)], [], 'there is no log yet')
  const { wal } = await open(folder)
  t.equal(wal.end, 0)
  const lsns = await Promise.all(['a', 'b', 'c'].map((text) => wal.append(OPERATION, utf8(text))))
  t.same(lsns, [1, 2, 3])
  t.equal(
    await wal.appendAll(['d', 'e'].map((text) => ({ kind: MAPPING, payload: utf8(text) }))),
    5
  )
  t.equal(await wal.appendAll([]), 5)
  t.same(texts(folder), ['a', 'b', 'c', 'd', 'e'])
  await wal.close()
  await wal.close()
  await t.rejects(wal.append(OPERATION, utf8('late')), { code: 'CLOSED' })
  const { wal: again, warnings } = await open(folder)
  t.equal(again.end, 5)
  t.equal(await again.append(OPERATION, utf8('f')), 6)
  t.same(
    [...again.read(4)].map(({ lsn, kind, payload }) => [lsn, kind, textOf(payload)]),
    [
      [4, MAPPING, 'd'],
      [5, MAPPING, 'e'],
      [6, OPERATION, 'f']
    ]
  )
  t.same(warnings, [])
  await again.close()
})

t.test('segments follow each other, and those that nobody needs are pruned', async (t) => {
  const folder = tempFolder(t)
  const { wal } = await open(folder, 100)
  for (let i = 1; i <= 20; i++) await wal.append(i <= 10 ? OPERATION : MAPPING, utf8(`entry ${i}`))
  t.ok(readdirSync(folder).length > 5)
  await wal.prune()
  t.equal(texts(folder).length, 20, 'nobody has said that they are not needed')
  wal.hold('operations', 8)
  await wal.prune()
  const [first] = [...readLog(folder, 1)]
  t.ok(first!.lsn > 1 && first!.lsn <= 8, 'what is held stays')
  wal.hold('operations', 21)
  await wal.prune()
  const [next] = [...readLog(folder, 1)]
  t.ok(next!.lsn > 8 && next!.lsn <= 11, 'entries of another kind stay for their holder')
  wal.hold('mappings', 21)
  await wal.prune()
  t.equal(readdirSync(folder).length, 1, 'the last segment tells the next number')
  await wal.close()
  const { wal: again } = await open(folder, 100)
  t.equal(await again.append(OPERATION, utf8('more')), 21)
  await again.close()
})

t.test('threats 81: an end that is torn at any byte is cut off with a warning', async (t) => {
  const folder = tempFolder(t)
  const bytes = await written(folder, ['first', 'second'.repeat(100)])
  const { wal } = await open(folder)
  await wal.appendAll(
    ['x', 'y', 'z'].map((text) => ({ kind: MAPPING, payload: utf8(text.repeat(300)) }))
  )
  await wal.close()
  const path = onlySegment(folder)
  const whole = readFileSync(path)
  for (let size = bytes.length + 1; size < whole.length; size++) {
    const torn = tempFolder(t)
    const copy = join(torn, path.slice(folder.length + 1))
    writeFileSync(copy, whole)
    truncateSync(copy, size)
    if (texts(torn).length !== 2) t.fail(`a reader ends before the torn group, of ${size} bytes`)
    const { wal, warnings } = await open(torn)
    if (
      wal.end !== 2 ||
      !warnings[0]?.includes(`${copy} ended in a half-written entry at byte ${bytes.length}`)
    )
      t.fail(`${size} bytes: ${warnings[0] ?? 'no warning'}`)
    await wal.append(OPERATION, utf8('third'))
    if (texts(torn).at(-1) !== 'third') t.fail(`${size} bytes: it goes on`)
    await wal.close()
  }
})

t.test(
  'threats 81: sectors of the last write that never reached the disk are a torn end',
  async (t) => {
    const folder = tempFolder(t)
    const bytes = await written(folder, ['kept', 'lost'.repeat(1000)])
    const path = onlySegment(folder)
    for (let at = 512; at < bytes.length; at += 512) {
      const copy = Buffer.from(bytes)
      copy.fill(0, at, Math.min(copy.length, at + 512))
      writeFileSync(path, copy)
      t.same(texts(folder), ['kept'], `sector at ${at}`)
    }
    const grown = Buffer.concat([bytes, Buffer.alloc(5000)])
    writeFileSync(path, grown)
    t.equal(texts(folder).length, 2, 'a file that grew and got no bytes')
    const { wal } = await open(folder)
    t.equal(wal.end, 2)
    await wal.close()
    t.equal(readFileSync(path).length, bytes.length)
  }
)

t.test('threats 81: a bit that flips anywhere is refused, and nothing is changed', async (t) => {
  const folder = tempFolder(t)
  const bytes = await written(folder, ['first', 'the second', 'third'])
  const path = onlySegment(folder)
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const flipped = Buffer.from(bytes)
    flipped[bit >> 3]! ^= 1 << (bit & 7)
    writeFileSync(path, flipped)
    const error = await open(folder).catch((error: unknown) => error)
    const isRefused = isKitError(error, 'CORRUPT_FORMAT') && error.exitCode === 3
    if (!isRefused || !new RegExp(`${path} is damaged at byte \\d+; `).test(error.message))
      t.fail(`bit ${bit}: ${String(error)}`)
    if (!readFileSync(path).equals(flipped) || readdirSync(folder).length !== 1)
      t.fail(`bit ${bit}: changed`)
  }
})

t.test(
  'threats 81: damage before the end, and a segment that is missing, are refused',
  async (t) => {
    const folder = tempFolder(t)
    const { wal } = await open(folder, 60)
    for (let i = 1; i <= 8; i++) await wal.append(OPERATION, utf8(`entry ${i}`))
    await wal.close()
    const names = readdirSync(folder).sort()
    const second = join(folder, names[1]!)
    const bytes = readFileSync(second)
    truncateSync(second, bytes.length - 1)
    await t.rejects(open(folder), { code: 'CORRUPT_FORMAT', message: new RegExp(names[1]!) })
    t.throws(() => [...readLog(folder, 1)], { code: 'CORRUPT_FORMAT' })
    t.equal(readFileSync(second).length, bytes.length - 1)
    writeFileSync(second, bytes.subarray(0, 24))
    await t.rejects(open(folder), { code: 'CORRUPT_FORMAT', message: /missing/ })
    writeFileSync(second, Buffer.alloc(10))
    await t.rejects(open(folder), { code: 'CORRUPT_FORMAT', message: /at byte 0/ })
  }
)

t.test('threats 81: a log of a newer version is refused', async (t) => {
  const folder = tempFolder(t)
  const { wal } = await open(folder)
  await wal.close()
  const path = onlySegment(folder)
  const bytes = readFileSync(path)
  const { crc32 } = await import('node:zlib')
  bytes.writeUInt32LE(2, 4)
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 20)), 20)
  writeFileSync(path, bytes)
  await t.rejects(open(folder), {
    code: 'NEWER_FORMAT',
    message: /version 2, newer than this program/
  })
  t.ok(readFileSync(path).equals(bytes))
})

t.test('what is too large is refused; leftovers of a segment that was being made go', async (t) => {
  const folder = tempFolder(t)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'wal-0000000000000001.log.tmp'), 'half')
  const { wal } = await open(folder)
  await t.rejects(wal.append(OPERATION, new Uint8Array(64 << 20)), { code: 'TOO_LARGE' })
  t.equal(await wal.append(OPERATION, utf8('fits')), 1)
  t.same(readdirSync(folder), ['wal-0000000000000001.log'])
  await wal.close()
})

t.test('a reader beside the writer sees a prefix', async (t: Test) => {
  const folder = tempFolder(t)
  const { wal } = await open(folder, 2000)
  const writing = Promise.all(
    Array.from({ length: 300 }, (_, i) => wal.append(OPERATION, utf8(`entry ${i + 1}`)))
  )
  for (let isDone = false; !isDone;) {
    const seen = texts(folder)
    seen.forEach((text, i) => {
      if (text !== `entry ${i + 1}`) t.fail(`${i}: ${text}`)
    })
    isDone = seen.length === 300
    await new Promise((resolve) => setImmediate(resolve))
  }
  await writing
  await wal.close()
})

t.test(
  'a large segment is turned, so that a reader from there on reads nothing before',
  async (t) => {
    const folder = join(tempFolder(t), 'wal')
    const { wal } = await open(folder)
    await wal.append(OPERATION, utf8('small'))
    await wal.turn()
    t.equal(readdirSync(folder).length, 1, 'a small one goes on')
    const large = Array.from({ length: 40 }, () => wal.append(OPERATION, Buffer.alloc(40_000, 'x')))
    const turned = Promise.all([wal.turn(), wal.turn(), wal.append(OPERATION, utf8('meanwhile'))])
    await Promise.all([...large, turned])
    await wal.append(OPERATION, utf8('after'))
    t.equal(readdirSync(folder).length, 2)
    t.equal([...readLog(folder, 1)].length, 43)
    t.equal(texts(folder).at(-1), 'after')
    await wal.close()
    const again = await open(folder)
    t.equal(again.wal.end, 43)
    t.same(again.warnings, [])
    await again.wal.close()
  }
)
