import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { crc32 } from 'node:zlib'
import t, { type Test } from 'tap'
import { StoreLayout } from '../../src/store/layout.js'
import { encodeLine } from '../../src/store/pin-line.js'
import { SealWriter } from '../../src/store/seal-writer.js'
import { PinsView } from '../../src/store/pins-view.js'
import { PinLog, readPins, type Pin } from '../../src/store/pins.js'
import { tempFolder } from '../support/temp.js'

const pin = (cid: string, type: Pin['type'] = 'recursive', name = ''): Pin => ({
  cid,
  type,
  name,
  createdAt: '2025-01-01T00:00:00.000Z'
})

const open = (path: string, warnings: string[] = []): PinLog =>
  PinLog.open(path, (line) => warnings.push(line))

t.test('what was added is there after opening again, what was removed is not', async (t) => {
  const path = join(tempFolder(t), 'pins.log')
  const log = open(path)
  log.add([pin('a', 'recursive', 'first'), pin('b', 'direct')])
  log.remove(['a'])
  log.add([pin('c')])
  log.close()
  t.same([...readPins(path).keys()], ['b', 'c'])
  const again = open(path)
  t.same([...again.pins.values()], [pin('b', 'direct'), pin('c')])
  again.close()
})

t.test('a pin that is made once more keeps its time, until it is removed', async (t) => {
  const path = join(tempFolder(t), 'pins.log')
  const log = open(path)
  const later = { ...pin('a', 'direct', 'second'), createdAt: '2025-02-02T00:00:00.000Z' }
  const kept = { ...later, createdAt: pin('a').createdAt }
  log.add([pin('a', 'recursive', 'first')])
  log.add([later])
  t.same(log.pins.get('a'), kept)
  t.same(readPins(path).get('a'), kept)
  // Earlier versions wrote the later time.
  appendFileSync(path, encodeLine({ op: 'add', ...later }))
  t.same(readPins(path).get('a'), kept)
  log.close()
  const again = open(path)
  t.same(again.pins.get('a'), kept)
  again.remove(['a'])
  again.add([later])
  t.same(readPins(path).get('a'), later)
  again.close()
})

t.test('threats 51: a torn last line is cut off with a warning, wherever it tore', async (t) => {
  const path = join(tempFolder(t), 'pins.log')
  const log = open(path)
  log.add([pin('a')])
  const intact = statSync(path).size
  log.add([pin('b')])
  log.close()
  const whole = readFileSync(path)
  for (let size = intact + 1; size < whole.length - 1; size++) {
    writeFileSync(path, whole.subarray(0, size))
    const warnings: string[] = []
    const again = open(path, warnings)
    t.same([...again.pins.keys()], ['a'], `torn at ${size}`)
    t.equal(warnings.length, 1)
    again.add([pin('z')])
    again.close()
    t.same([...readPins(path).keys()], ['a', 'z'])
  }
})

t.test('threats 51: damage before intact lines is refused and changes nothing', async (t) => {
  const path = join(tempFolder(t), 'pins.log')
  const log = open(path)
  log.add([pin('a')])
  log.add([pin('b')])
  log.close()
  const bytes = readFileSync(path)
  bytes[20]! ^= 1
  bytes[30]! ^= 1
  writeFileSync(path, bytes)
  t.throws(() => open(path), { code: 'CORRUPT_FORMAT', message: /at byte 0; recover.*--repair/ })
  t.ok(readFileSync(path).equals(bytes))
})

t.test('a log of mostly history is rewritten', async (t) => {
  const path = join(tempFolder(t), 'pins.log')
  const log = open(path)
  for (let i = 0; i < 150; i++) {
    log.add([pin('same', 'recursive', String(i))])
  }
  log.close()
  const before = statSync(path).size
  const again = open(path)
  t.ok(statSync(path).size < before / 50)
  again.add([pin('more')])
  again.close()
  t.same([...readPins(path).keys()], ['same', 'more'])
  t.equal(readPins(path).get('same')?.name, '149')
  truncateSync(path, 0)
  appendFileSync(path, 'x')
  t.same([...readPins(path)], [])
})

t.test('a line that says nothing is damage, whatever its checksum', async (t) => {
  const path = join(tempFolder(t), 'pins.log')
  const lines = [null, 7, [], {}, { op: 'add' }, { op: 'add', cid: 'a' }, { op: 'x', cid: 'a' }]
  for (const line of lines) {
    const log = open(path)
    log.add([pin('a')])
    log.close()
    const body = JSON.stringify(line)
    appendFileSync(path, `${crc32(body).toString(16).padStart(8, '0')} ${body}\n`)
    t.same([...readPins(path).keys()], ['a'], 'the last of all was never acknowledged')
    appendFileSync(path, readFileSync(path))
    t.throws(() => readPins(path), { code: 'CORRUPT_FORMAT' })
    truncateSync(path, 0)
  }
})

t.test('pins that are no CIDs are not listed as roots', async (t) => {
  const path = join(tempFolder(t), 'pins.log')
  const log = open(path)
  log.add([pin('nonsense'), pin('bafkqaaa'), pin('')])
  log.close()
  t.same(new PinsView(path).roots(), ['bafkqaaa'])
})

t.test(
  'threats 51: any one bit that flipped is put right, and the log is written anew',
  async (t) => {
    const path = join(tempFolder(t), 'pins.log')
    const log = open(path)
    log.add([pin('a', 'recursive', 'first'), pin('b', 'direct'), pin('c')])
    log.remove(['b'])
    log.close()
    const whole = readFileSync(path)
    let mended = 0
    for (let at = 0; at < whole.length; at++) {
      const bytes = Buffer.from(whole)
      bytes[at]! ^= 1 << (at % 8)
      writeFileSync(path, bytes)
      if (at % 16 === 0) {
        const warnings: string[] = []
        open(path, warnings).close()
        t.match(warnings, [/put right/])
        t.not(readFileSync(path).equals(bytes), true)
      }
      const { size } = readPins(path)
      const first = readPins(path).get('a')
      if (size === 2 && first?.name === 'first') mended++
    }
    t.equal(mended, whole.length)
  }
)

t.test(
  'threats 51: a log that is shorter than what was acknowledged, or gone, is damage',
  async (t) => {
    const layout = new StoreLayout(tempFolder(t))
    mkdirSync(layout.root)
    const seals = new SealWriter(layout)
    t.teardown(() => seals.close())
    const log = PinLog.open(layout.pins, () => undefined, seals)
    for (const name of ['a', 'b', 'c']) log.add([pin(name)])
    log.close()
    const whole = readFileSync(layout.pins)
    for (let size = 0; size < whole.length - 1; size++) {
      writeFileSync(layout.pins, whole.subarray(0, size))
      t.throws(() => readPins(layout.pins), { code: 'CORRUPT_FORMAT', message: layout.pins }, `${size} bytes`) // prettier-ignore
    }
    rmSync(layout.pins)
    t.throws(() => readPins(layout.pins), { code: 'CORRUPT_FORMAT' })
    writeFileSync(layout.pins, whole.subarray(0, whole.length - 1))
    t.equal(readPins(layout.pins).size, 3, 'all but the end of the last line')
    writeFileSync(layout.pins, Buffer.concat([whole, Buffer.from('0000')]))
    t.equal(readPins(layout.pins).size, 3, 'a torn line behind it was never acknowledged')
  }
)

/** Opens a log among its seals. */
function withLog(layout: StoreLayout, use: (log: PinLog) => void): void {
  const seals = new SealWriter(layout)
  const log = PinLog.open(layout.pins, (line) => t.fail(line), seals)
  use(log)
  log.close()
  seals.close()
}

function newLayout(t: Test): StoreLayout {
  const layout = new StoreLayout(tempFolder(t))
  mkdirSync(layout.root)
  return layout
}

/** Adds a pin and takes others back, so often that the log is rewritten when it is opened next. */
function makeHistory(layout: StoreLayout): void {
  withLog(layout, (log) => {
    log.add([pin('kept')])
    const others = Array.from({ length: 120 }, (_, i) => pin(String(i)))
    log.add(others)
    log.remove(others.map(({ cid }) => cid))
  })
}

t.test(
  'threats 51: a power cut that loses the seal of a rewritten log loses no more',
  async (t) => {
    const layout = newLayout(t)
    makeHistory(layout)
    const [seals, size] = [readFileSync(layout.seals), statSync(layout.pins).size]
    withLog(layout, () => undefined)
    t.ok(statSync(layout.pins).size < size / 10, 'the log was rewritten')
    writeFileSync(layout.seals, seals)
    withLog(layout, (log) => t.same([...log.pins.keys()], ['kept']))
    const bytes = readFileSync(layout.pins)
    writeFileSync(layout.pins, bytes.subarray(0, bytes.length - 2))
    t.throws(() => readPins(layout.pins), { code: 'CORRUPT_FORMAT' }, 'it is sealed again')
  }
)

t.test('threats 51: a log that a version without seals rewrote is whole', async (t) => {
  const layout = newLayout(t)
  makeHistory(layout)
  writeFileSync(layout.pins, encodeLine({ op: 'add', ...pin('older') }))
  t.same([...readPins(layout.pins).keys()], ['older'])
  withLog(layout, (log) => log.add([pin('newer')]))
  t.same([...readPins(layout.pins).keys()], ['older', 'newer'])
  const bytes = readFileSync(layout.pins)
  writeFileSync(layout.pins, bytes.subarray(0, bytes.length - 2))
  t.throws(() => readPins(layout.pins), { code: 'CORRUPT_FORMAT' }, 'it is sealed again')
})

const OWNER = `
const { workerData } = require('node:worker_threads')
async function own({ layout, log, seals, home }) {
  const { StoreLayout } = await import(layout)
  const { PinLog } = await import(log)
  const { SealWriter } = await import(seals)
  const place = new StoreLayout(home)
  const pin = { cid: 'a', type: 'recursive', name: '', createdAt: '2025-01-01T00:00:00.000Z' }
  for (let round = 0; round < 3; round++) {
    const writer = new SealWriter(place)
    const pins = PinLog.open(place.pins, () => undefined, writer)
    for (let i = 0; i < 120; i++) pins.add([pin])
    pins.close()
    writer.close()
  }
}
void own(workerData)
`

t.test('threats 51: a log that is read while its owner writes it is never damaged', async (t) => {
  const layout = newLayout(t)
  const urlOf = (name: string): string =>
    new URL(`../../src/store/${name}.js`, import.meta.url).href
  const modules = { layout: urlOf('layout'), log: urlOf('pins'), seals: urlOf('seal-writer') }
  const workerData = { ...modules, home: layout.home }
  withLog(layout, (log) => log.add([pin('first')]))
  const owner = new Worker(OWNER, { eval: true, workerData })
  const exit = once(owner, 'exit')
  let reads = 0
  // It has no id any more once it ended.
  while (owner.threadId > 0) {
    for (let i = 0; i < 50; i++) if (readPins(layout.pins).has('first')) reads++
    await new Promise(setImmediate)
  }
  await exit
  t.ok(reads > 50 && reads % 50 === 0, `${reads} reads`)
  t.same([...readPins(layout.pins).keys()], ['first', 'a'])
})
