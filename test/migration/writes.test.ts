/** What stood beside the backends of an older installation: pending writes, open operations, indexes of pins. */
import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync
} from 'node:fs'
import { createHash } from 'node:crypto'
import { dirname, join } from 'node:path'
import * as dagCbor from '@ipld/dag-cbor'
import t, { type Test } from 'tap'
import { carHeader, sectionHead } from '../../src/formats/car-writer.js'
import { Cid } from '../../src/core/cid.js'
import { Kit } from '../support/cli.js'
import { CID_V0, framedCar, json, put, varintCar } from '../support/legacy-home.js'
import { ROOT } from '../support/paths.js'
import { tempFolder } from '../support/temp.js'

t.setTimeout(300_000)

const INVENTED = `bafy${'0123456789abcdef'.repeat(2)}`
const HELLO = Buffer.from('hello world')
const HELLO_CID = 'bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e'
const LARGE = Buffer.alloc(20_000, 'large')

const migrate = ['backend', 'migrate-pin-mappings']

interface Answer {
  readonly success: boolean
  readonly error?: string
  readonly writes: {
    readonly outcome: string
    readonly writes: readonly { readonly from: string; readonly cid: string | null }[]
    readonly operations: readonly { readonly cid: string; readonly backend: string }[]
    readonly pins: readonly string[]
    readonly warnings: readonly string[]
    readonly reasons: readonly string[]
  }
}

/** Bytes and times of what an older installation left. */
function treeOf(home: string): Record<string, string> {
  const tree: Record<string, string> = {}
  for (const name of readdirSync(home, { recursive: true, encoding: 'utf8' }).sort()) {
    const stat = lstatSync(join(home, name))
    if (!stat.isFile() || !/^(?:wal\/(?:car|pins|partitions)|pin_metadata|parquet_storage)\//.test(name)) continue // prettier-ignore
    const hash = createHash('sha256')
      .update(readFileSync(join(home, name)))
      .digest('hex')
    tree[name] = `${hash} ${stat.mtimeMs}`
  }
  return tree
}

/** Without times: those of a copy have whole milliseconds. */
const bytesOf = (tree: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(tree).map(([name, line]) => [name, line.split(' ')[0]!]))

function golden(home: string, fixture: string, name: string): void {
  mkdirSync(dirname(join(home, name)), { recursive: true })
  copyFileSync(join(ROOT, 'test/fixtures/legacy', fixture), join(home, name))
}

function stage(t: Test): { kit: Kit; folder: string } {
  const folder = tempFolder(t, 'legacy')
  const home = join(folder, 'home')
  mkdirSync(join(folder, 'nas'))
  put(home, 'backend_configs/nas.yaml', `name: nas\ntype: local\nconfig:\n  path: ${folder}/nas\n`)
  golden(home, 'wal_1.parquet', 'wal/partitions/wal_1.parquet')
  golden(home, 'wal_2.parquet', 'wal/partitions/wal_2.parquet')
  put(home, `wal/car/wal_1700000000_${INVENTED}.car`, json({ blocks: { x: { content: 'see .content' } } })) // prettier-ignore
  put(home, `wal/car/wal_1700000000_${INVENTED}.content`, LARGE)
  put(home, 'wal/car/wal_1700000001_QmFramed.car', framedCar())
  const head = sectionHead(Cid.parse(HELLO_CID), HELLO.length)
  put(home, `wal/car/wal_1700000002_${HELLO_CID}.car`, Buffer.concat([carHeader([Cid.parse(HELLO_CID)]), head, HELLO])) // prettier-ignore
  put(home, 'wal/car/wal_1700000003_QmOdd.car', varintCar())
  put(home, 'wal/car/wal_1700000004_QmJson.car', json({ blocks: [{ content: '6a736f6e' }] }))
  golden(home, 'pending.parquet', 'wal/pins/pending/QmPending.parquet')
  put(home, 'wal/pins/pending/QmPending.content', 'a pending pin')
  golden(home, 'pins.parquet', 'pin_metadata/pins.parquet')
  golden(home, 'storage-pins.parquet', 'parquet_storage/pins.parquet')
  chmodSync(home, 0o700)
  return { kit: new Kit(home), folder }
}

t.test('content, operations and pins are taken over, and back to the byte', async (t) => {
  const { kit, folder } = stage(t)
  const before = treeOf(kit.home)
  const dry = await kit.json<Answer>(...migrate, '--dry-run')
  t.equal(dry.writes.outcome, 'legacy')
  t.same(dry.writes.pins, [HELLO_CID], 'each once, and none that was ended or is no CID')
  t.same(treeOf(kit.home), before)
  const verified = await kit.run([...migrate, '--verify-only'])
  t.equal(verified.code, 3)
  t.same(treeOf(kit.home), before)

  const { writes } = await kit.json<Answer>(...migrate)
  t.equal(writes.outcome, 'migrated')
  const here = new Map(writes.writes.map(({ from, cid }) => [from, cid!]))
  const content = async (from: string) => (await kit.bytes('cat', here.get(from)!)).toString('latin1') // prettier-ignore
  t.equal(await content(INVENTED), LARGE.toString())
  t.equal(await content('QmFramed'), '\0\xff')
  t.equal(await content('QmJson'), 'json')
  t.equal(await content('QmPending'), 'a pending pin')
  t.equal(here.get(HELLO_CID), HELLO_CID, 'a real CAR keeps its CID')
  t.match(here.get('QmJson'), /^Qm/, 'the older form of CIDs comes of the older profile')
  t.match(
    writes.warnings.join('\n'),
    /wal_1700000003_QmOdd\.car: a pending write of an unknown form/
  )
  t.match(writes.warnings.join('\n'), /still to be done on gone, which is no backend/)
  t.match(writes.warnings.join('\n'), /"QmTest123", which is no CID/)
  const pins = await kit.ok('pin', 'ls')
  t.match(pins, new RegExp(`${here.get('QmPending')} .*a pending pin`))
  t.match(pins, new RegExp(HELLO_CID))
  t.notMatch(pins, CID_V0)
  t.same(writes.operations.map(({ cid }) => cid), [HELLO_CID, here.get(INVENTED)], 'an invented CID is the one of its content') // prettier-ignore
  t.same(Object.keys(treeOf(kit.home)).filter((name) => !/\.backup\.\d{8}_\d{6}$/.test(name)), ['wal/car/wal_1700000003_QmOdd.car']) // prettier-ignore
  t.match(await kit.ok('pin', 'ls', '--backend', 'nas', '--status', 'pending', '-q'), here.get(INVENTED)!) // prettier-ignore
  await kit.ok('pin', 'heal')
  t.same(readdirSync(join(folder, 'nas/cars')).sort(), [HELLO_CID, here.get(INVENTED)!].map((cid) => `${cid}.car`).sort()) // prettier-ignore
  await kit.ok(...migrate, '--verify-only')
  t.equal((await kit.json<Answer>(...migrate)).writes.outcome, 'current', 'a second run changes nothing') // prettier-ignore

  await kit.ok(...migrate, '--restore-from-backup')
  t.same(bytesOf(treeOf(kit.home)), bytesOf(before))
  t.equal(await kit.ok('pin', 'ls', '-q'), '', 'what it pinned goes')
})

t.test('an index stays until all of it is pinned', async (t) => {
  const folder = tempFolder(t, 'legacy')
  const kit = new Kit(join(folder, 'home'))
  golden(kit.home, 'pins.parquet', 'pin_metadata/pins.parquet')
  put(kit.home, 'wal/pins/pending/QmPending.content', 'a pending pin')
  chmodSync(kit.home, 0o700)
  const failed = await kit.run(migrate)
  t.equal(failed.code, 1)
  t.match(failed.stderr, new RegExp(`1 pins of an index could not be pinned.*${HELLO_CID}`))
  t.ok(existsSync(join(kit.home, 'pin_metadata/pins.parquet')))
  t.notOk(existsSync(join(kit.home, 'wal/pins/pending/QmPending.content')), 'the rest is done')
  const named = await kit.run([...migrate, '--verify-only'])
  t.equal(named.code, 3)
  t.match(named.stderr, HELLO_CID, 'the pin that is lacking is named')
  put(folder, 'hello', HELLO)
  await kit.ok('add', join(folder, 'hello'))
  t.equal((await kit.json<Answer>(...migrate)).writes.outcome, 'migrated')
  t.notOk(existsSync(join(kit.home, 'pin_metadata/pins.parquet')))
})

t.test('threats 104: what is damaged is refused by name, and changes nothing', async (t) => {
  const { kit } = stage(t)
  put(kit.home, 'wal/partitions/wal_3.parquet', 'PAR1 whatever PAR1')
  const before = treeOf(kit.home)
  const { code, stderr } = await kit.run(migrate)
  t.equal(code, 3)
  t.match(stderr, /wal_3\.parquet is damaged/)
  t.same(treeOf(kit.home), before)
})

t.test('two blocks of a document belong together in a way that nobody knows', async (t) => {
  const kit = new Kit(join(tempFolder(t, 'legacy'), 'home'))
  put(kit.home, 'wal/car/wal_1_QmTwo.car', json({ blocks: [{ content: '00' }, { content: '01' }] }))
  const root = dagCbor.encode({ content: 'no hex' })
  const length = Buffer.alloc(4)
  length.writeUInt32BE(root.length)
  put(kit.home, 'wal/car/wal_2_QmCut.car', Buffer.concat([length, root, Buffer.from([0, 0])]))
  chmodSync(kit.home, 0o700)
  const { writes } = await kit.json<Answer>(...migrate)
  t.same(writes.writes, [])
  t.equal(writes.warnings.length, 2)
  t.equal(readdirSync(join(kit.home, 'wal/car')).length, 2, 'it is left as it is')
})
