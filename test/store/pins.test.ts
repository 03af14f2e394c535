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
import { crc32 } from 'node:zlib'
import t from 'tap'
import { StoreLayout } from '../../src/store/layout.js'
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
