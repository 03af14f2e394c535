/** A pin that is no CID: told, skipped, and removable; nothing is lost over it. */
import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import t from 'tap'
import { Kit } from '../support/cli.js'
import { tempFolder } from '../support/temp.js'

interface Checked {
  readonly success: boolean
  readonly bad_pins: readonly { readonly pin: string }[]
}

t.test('fsck reports a bad pin, gc keeps everything, pin rm removes it', async (t) => {
  const folder = tempFolder(t, 'bad-pins')
  const kit = new Kit(join(folder, 'home'))
  writeFileSync(join(folder, 'kept'), 'kept')
  writeFileSync(join(folder, 'free'), 'free')
  const kept = await kit.add(join(folder, 'kept'))
  const free = await kit.add('--no-pin', join(folder, 'free'))
  for (const cid of ['nonsense', '--rm', "it's"]) {
    const pin = { op: 'add', cid, type: 'recursive', name: '', createdAt: '2025-01-01T00:00:00.000Z' } // prettier-ignore
    const body = JSON.stringify(pin)
    const line = `${crc32(body).toString(16).padStart(8, '0')} ${body}\n`
    appendFileSync(join(kit.home, 'blocks', 'pins.log'), line)
  }
  const checked = await kit.run(['fsck'])
  t.equal(checked.code, 3)
  t.match(checked.stdout.toString(), /bad pin: "nonsense" is not a CID.*pin rm nonsense`/)
  t.match(checked.stdout.toString(), `pin rm '--rm'`)
  const report = await kit.json<Checked>('fsck', '--repair')
  t.equal(report.success, false)
  t.same(
    report.bad_pins.map(({ pin }) => pin),
    ['nonsense', '--rm', "it's"]
  )
  t.match(await kit.ok('pin', 'ls'), kept)
  t.match((await kit.run(['gc'])).stdout.toString(), /0 .*removed|removed 0/)
  t.equal(await kit.ok('cat', free), 'free', 'it may be what the bad pin keeps')
  await kit.ok('pin', 'rm', 'nonsense', '--', '--rm', "it's")
  await kit.ok('pin', 'rm', kept)
  t.match(await kit.ok('fsck'), '0 bad')
  await kit.ok('gc')
  t.equal((await kit.run(['cat', free])).code, 1, 'now nothing keeps it')
})
