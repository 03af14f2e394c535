/** Readers that want a little here and there, through the buffers that their libraries give them. */
import { randomFillSync } from 'node:crypto'
import { mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Kubo } from '../servers/kubo.js'
import { Kit } from '../support/cli.js'
import { DRIVERS, onDrivers, onGrounds } from '../support/ground.js'
import { mounted, sh } from '../support/mount.js'
import { skipWithoutKuboMount, V1, type Report } from '../support/stage.js'
import { tempFolder } from '../support/temp.js'

const SIZE = 64 << 20

/** A folder with `big`, 64 MiB in which nothing repeats. */
function plantBig(folder: string): string {
  const source = join(folder, 'source')
  mkdirSync(source)
  writeFileSync(join(source, 'big'), randomFillSync(Buffer.alloc(SIZE)))
  return source
}

/** @returns how many bytes Python asks the kernel for. */
async function bytesAsked(path: string): Promise<number> {
  const python = [
    'import random, re, sys',
    'asked = lambda: int(re.search(r"rchar: (\\d+)", open("/proc/self/io").read())[1])',
    'places = random.Random(1)',
    `with open(sys.argv[1], "rb") as f:`,
    '  before = asked()',
    '  for _ in range(5000):',
    `    f.seek(places.randrange(${SIZE} - 100))`,
    '    assert len(f.read(100)) == 100',
    '  print(asked() - before)'
  ].join('\n')
  return Number(await sh('python3 -c "$1" "$2"', python, path))
}

/** @returns how many KiB a reader grows by that holds a file open 800 times, each at its own place. */
async function memoryHeld(path: string): Promise<number> {
  const python = [
    'import random, re, sys',
    'held = lambda: int(re.search(r"VmRSS:\\s*(\\d+)", open("/proc/self/status").read())[1])',
    'places = random.Random(1)',
    'before = held()',
    'files = []',
    'for _ in range(800):',
    '  f = open(sys.argv[1], "rb")',
    `  f.seek(places.randrange(${SIZE} - 100))`,
    '  assert len(f.read(100)) == 100',
    '  files.append(f)',
    'print(held() - before)'
  ].join('\n')
  return Number(await sh('python3 -c "$1" "$2"', python, path))
}

t.test('many small reads by Python', (t) =>
  onGrounds(t, DRIVERS, async (t, { folder, show }) => {
    const source = plantBig(folder)
    const [plain, big] = [join(source, 'big'), join(await show(source), 'big')]
    await t.test('the buffer that programs are told to use is a page', async (t) => {
      t.equal(statSync(big).blksize, 4096)
    })
    await t.test('5,000 of them ask for no more than of a plain file', async (t) => {
      const [expected, asked] = [await bytesAsked(plain), await bytesAsked(big)]
      t.ok(asked <= expected * 2, `${asked} bytes, of a plain file ${expected}`)
    })
    await t.test('800 files held open take no more memory than plain ones', async (t) => {
      const [expected, held] = [await memoryHeld(plain), await memoryHeld(big)]
      t.ok(held <= expected * 2 + 4096, `${held} KiB, with plain files ${expected}`)
    })
  })
)

t.test('small reads over a gateway', { ...skipWithoutKuboMount, timeout: 600_000 }, async (t) => {
  const kubo = await Kubo.start(t, tempFolder(t, 'kubo'))
  const source = plantBig(tempFolder(t, 'source'))
  const cid = await kubo.ipfs('add', '-Q', ...V1, join(source, 'big'))
  await onDrivers(t, async (t, driver) => {
    const fetched = async (reading: string): Promise<number> => {
      const folder = tempFolder(t, 'gateway')
      const kit = new Kit(join(folder, 'home'))
      await kit.ok('backend', 'add', 'web', '--type', 'gateway', '--url', kubo.gatewayUrl)
      const path = await mounted(t, kit, folder, '--driver', driver)
      const python = [
        'import os, random, sys',
        'places = random.Random(1)',
        'with open(sys.argv[1], "rb") as f:',
        '  for _ in range(20):',
        `    place = places.randrange(${SIZE} - 100)`,
        `    ${reading}`
      ].join('\n')
      await sh('python3 -c "$1" "$2"', python, join(path, 'ipfs', cid))
      return (await kit.json<Report>('cache', 'stats')).fetch.bytes
    }
    const needed = await fetched('assert len(os.pread(f.fileno(), 100, place)) == 100')
    const taken = await fetched('f.seek(place); assert len(f.read(100)) == 100')
    t.ok(needed > 0 && needed < SIZE, `${needed} bytes are fetched of ${SIZE}`)
    t.ok(taken <= needed * 1.25, `buffered reads fetch ${taken} bytes, exact ones ${needed}`)
  })
})
