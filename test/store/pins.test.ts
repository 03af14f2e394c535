import { appendFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import t from 'tap'
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
  for (let size = intact + 1; size < whole.length; size++) {
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
  writeFileSync(path, bytes)
  t.throws(() => open(path), { code: 'CORRUPT_FORMAT', message: /damaged at byte 0/ })
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
