/** Migration of what older installations left: fixtures made from the described shapes. */
import {
  chmodSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { createHash } from 'node:crypto'
import t, { type Test } from 'tap'
import { carDialect } from '../../src/migration/legacy-car.js'
import { readLegacyPins } from '../../src/migration/legacy-pins.js'
import { readMappingCar, readParquet } from '../../src/pins/pair-reader.js'
import { PinRecorder } from '../../src/service/pin-recorder.js'
import { Kit, runProgram } from '../support/cli.js'
import { CID_A, CID_V0, framedCar, json, jsonCar, NO_CID, oldRow, put, varintCar } from '../support/legacy-home.js' // prettier-ignore
import { PYTHON, skipWithoutPython } from '../support/python.js'
import { tempFolder } from '../support/temp.js'
import { homeLog } from '../support/wal.js'

t.setTimeout(300_000)

const skip = skipWithoutPython

/** Parquet files as pandas wrote them: strings, large strings, timestamps, and columns of no type. */
const WRITE = `
import sys, json, pyarrow as pa, pyarrow.parquet as pq, datetime
folder, kind, rows = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
names = ['cid', 'car_file_path', 'backend_name', 'created_at', 'status', 'metadata']
kinds = {'string': pa.string(), 'large': pa.large_string(), 'null': pa.null(), 'time': pa.string()}
columns = {n: pa.array([r[n] for r in rows], kinds[kind]) for n in names}
if kind == 'time':
    columns['created_at'] = pa.array([datetime.datetime.fromisoformat(r['created_at']) for r in rows], pa.timestamp('us'))
pq.write_table(pa.table(columns), folder + '/pin_mappings.parquet')
`

async function writeParquet(home: string, name: string, kind: string, rows: readonly object[]) {
  put(home, `backends/${name}/.keep`, '')
  const args = ['-c', WRITE, join(home, 'backends', name), kind, json(rows)]
  const { code, stderr } = await runProgram(PYTHON, args)
  if (code !== 0) throw new Error(stderr)
}

/** Every file below a folder with its bytes, mode and modification time. */
function treeOf(folder: string): Record<string, string> {
  const tree: Record<string, string> = {}
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    const path = join(folder, name)
    const stat = lstatSync(path)
    if (!stat.isFile()) continue
    const hash = createHash('sha256').update(readFileSync(path)).digest('hex')
    tree[name] = `${hash} ${stat.mtimeMs}`
  }
  return tree
}

/** The bytes of what an older installation left; what this program keeps besides is its own. */
const bytesOf = (folder: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(treeOf(folder)).map(([name, line]) => [name, line.split(' ')[0]!])
  )

const migrate = ['backend', 'migrate-pin-mappings']

const rowsOf = async (home: string, name: string) => {
  const folder = join(home, 'backends', name)
  const rows = await readParquet(join(folder, 'pin_mappings.parquet'))
  return { rows, car: readMappingCar(join(folder, 'pin_mappings.car')) }
}

function legacyPins(t: Test): Kit {
  const home = join(tempFolder(t, 'legacy'), 'home')
  put(home, 'backends/my_s3/pins.json', json([CID_A, { cid: CID_V0, name: 'second', created_at: 1_700_000_000 }, { hash: NO_CID }])) // prettier-ignore
  put(home, 'backends/a_dictionary/pins.json', json({ [CID_A]: { name: 'x', size: 7 }, [CID_V0]: {} })) // prettier-ignore
  put(home, 'backends/wrapped/pins.json', json({ pins: [CID_A, 'pins', CID_V0, { cid: CID_A, name: 'later' }] })) // prettier-ignore
  put(home, 'backends/empty/pins.json', '[]')
  put(home, 'backends/done_before/pins.json.backup.20240101_000000', json([CID_V0]))
  chmodSync(home, 0o700)
  return new Kit(home)
}

t.test('pins.json in all its forms becomes a pair', { timeout: 120_000 }, async (t) => {
  const kit = legacyPins(t)
  await kit.ok(...migrate)
  const { rows, car } = await rowsOf(kit.home, 'my_s3')
  t.same(rows, car)
  t.same(
    rows.map(({ cid, car_file_path: path, status }) => [cid, path, status]),
    [NO_CID, CID_V0, CID_A].map((cid) => [cid, `/s3-bucket/cars/${cid}.car`, 'stored'])
  )
  t.equal(rows.find(({ cid }) => cid === CID_V0)!.created_at, '2023-11-14T22:13:20.000Z')
  t.match(JSON.parse(rows[0]!.metadata), { ipfs_kit: { invalid_cid: true } })
  const dictionary = await rowsOf(kit.home, 'a_dictionary')
  t.match(JSON.parse(dictionary.rows.find(({ cid }) => cid === CID_A)!.metadata), { name: 'x', size: 7 }) // prettier-ignore
  t.equal(dictionary.rows[0]!.car_file_path, `/a_dictionary/cars/${CID_V0}.car`)
  const wrapped = await rowsOf(kit.home, 'wrapped')
  t.same(wrapped.rows.map(({ cid }) => cid), [CID_V0, CID_A]) // prettier-ignore
  t.match(JSON.parse(wrapped.rows[1]!.metadata), { name: 'later' }, 'the last one counts')
  t.same((await rowsOf(kit.home, 'empty')).rows, [])
  t.same((await rowsOf(kit.home, 'done_before')).rows.map(({ cid }) => cid), [CID_V0]) // prettier-ignore
  t.notOk(existsSync(join(kit.home, 'backends/my_s3/pins.json')))
  await kit.ok(...migrate, '--verify-only')
  const again = treeOf(join(kit.home, 'backends'))
  const second = await kit.json<{ items: { outcome: string }[] }>(...migrate)
  t.ok(second.items.every(({ outcome }) => outcome === 'current'))
  t.same(treeOf(join(kit.home, 'backends')), again, 'a second run changes nothing')
  t.match(await kit.ok('backend', 'export-pin-mappings', 'my_s3').catch((error: Error) => error.message), /no backend my_s3/) // prettier-ignore
})

t.test('a dry run changes no byte, and a migration is taken back to the byte', async (t) => {
  const kit = legacyPins(t)
  put(kit.home, 'backend_configs/nas.yaml', 'name: nas\ntype: sftp\nconfig:\n  host: example.org\n  username: me\n  password: a-canary-of-the-test\n') // prettier-ignore
  const before = treeOf(kit.home)
  t.match((await kit.run(['doctor'])).stdout.toString(), /left by an older installation/)
  t.same(treeOf(kit.home), before)
  const dry = await kit.json<{ items: { name: string; outcome: string }[] }>(...migrate, '--dry-run') // prettier-ignore
  t.same(treeOf(kit.home), before)
  t.match(dry.items.map(({ name, outcome }) => `${name} ${outcome}`), ['a_dictionary legacy', 'done_before legacy', 'empty legacy', 'my_s3 legacy', 'nas legacy', 'wrapped legacy']) // prettier-ignore
  t.equal((await kit.run([...migrate, '--verify-only'])).code, 3)
  t.same(treeOf(kit.home), before)
  const bytes = { ...bytesOf(join(kit.home, 'backends')), ...bytesOf(join(kit.home, 'backend_configs')) } // prettier-ignore
  await kit.ok(...migrate)
  await kit.ok(...migrate, '--restore-from-backup')
  t.same({ ...bytesOf(join(kit.home, 'backends')), ...bytesOf(join(kit.home, 'backend_configs')) }, bytes) // prettier-ignore
})

t.test('YAML becomes a backend, its secrets the owner’s alone', { timeout: 120_000 }, async (t) => {
  const home = join(tempFolder(t, 'legacy'), 'home')
  const kit = new Kit(home)
  put(home, 'backend_configs/bucket.yaml', 'name: bucket\ntype: s3\nenabled: true\nconfig:\n  bucket_name: photos\n  region_name: eu-west-1\n  access_key: AKIDEXAMPLE\n  secret_key: a-canary-of-the-test\n  colour: blue\nmetadata:\n  version: "1"\n') // prettier-ignore
  put(home, 'backends/disk.yaml', `name: disk\ntype: local\npath: ${home}\n`)
  put(home, 'backend_configs/odd.yaml', 'name: odd\ntype: gdrive\n')
  put(home, 'backend_configs/broken.yaml', 'name: [unclosed')
  chmodSync(home, 0o700)
  const { code, stderr } = await kit.run(migrate)
  t.equal(code, 3, 'one is broken, and the others are migrated')
  t.match(stderr, /broken.yaml is no YAML/)
  t.match(stderr, /"colour" is not taken over/)
  t.match(stderr, /no type "gdrive" any more/)
  t.notMatch(stderr, /a-canary/)
  const shown = await kit.ok('backend', 'show', 'bucket')
  t.match(shown, /photos/)
  t.notMatch(shown, /a-canary/)
  const secret = join(home, 'backends/bucket/secret.json')
  t.equal(statSync(secret).mode & 0o777, 0o600)
  t.match(readFileSync(secret, 'utf8'), /a-canary-of-the-test/)
  t.match(await kit.ok('backend', 'show', 'disk'), /filesystem/)
  for (const name of readdirSync(join(home, 'backend_configs')))
    if (name.startsWith('bucket')) t.equal(statSync(join(home, 'backend_configs', name)).mode & 0o77, 0, name) // prettier-ignore
})

t.test(
  'Parquet files of all types, beside CARs of all dialects',
  { skip, timeout: 120_000 },
  async (t) => {
    const home = join(tempFolder(t, 'legacy'), 'home')
    const kit = new Kit(home)
    const rows = [oldRow(CID_A, 'x', { car_file_path: '/elsewhere/kept.car' }), oldRow('pins', 'x'), oldRow(NO_CID, 'x')] // prettier-ignore
    const cars = {
      string: jsonCar(rows),
      large: framedCar(),
      time: varintCar(),
      null: '{"blocks": []}'
    }
    for (const [kind, car] of Object.entries(cars)) {
      await writeParquet(home, kind, kind, kind === 'null' ? [] : rows)
      put(home, `backends/${kind}/pin_mappings.car`, car)
    }
    chmodSync(home, 0o700)
    const before = await kit.run(['pin', 'ls', '--backend', 'all'])
    t.equal(before.code, 0)
    t.match(before.stderr, /string, time: left by an older installation.*migrate-pin-mappings/, 'what is not migrated is told') // prettier-ignore
    await kit.ok(...migrate)
    for (const kind of ['string', 'large', 'time']) {
      const { rows: found, car } = await rowsOf(home, kind)
      t.same(found, car, kind)
      t.same(found.map(({ cid, created_at: time }) => [cid, time]), [[NO_CID, '2024-05-06T07:08:09.123Z'], [CID_A, '2024-05-06T07:08:09.123Z']], kind) // prettier-ignore
      t.equal(found[1]!.car_file_path, '/elsewhere/kept.car', 'a recorded path is kept')
      t.equal(found[1]!.metadata, rows[0]!.metadata, 'and so is the metadata')
    }
    t.same((await rowsOf(home, 'null')).rows, [])
    t.match(await kit.ok('pin', 'ls', '--backend', 'string', '-q'), CID_A)
    const names = readdirSync(join(home, 'backends/string'))
    t.equal(names.filter((name) => /^pin_mappings.(car|parquet)\.backup\.\d{8}_\d{6}$/.test(name)).length, 2) // prettier-ignore
  }
)

t.test(
  'threats 102: a pair that disagrees is refused, unless the Parquet file is said to be right',
  { timeout: 120_000 },
  async (t) => {
    const kit = legacyPins(t)
    await kit.ok(...migrate, '--backend-filter', 'dictionary')
    t.ok(existsSync(join(kit.home, 'backends/my_s3/pins.json')), 'others are left alone')
    await kit.ok(...migrate, '--backend-filter', 's3')
    const car = (name: string) => join(kit.home, 'backends', name, 'pin_mappings.car')
    writeFileSync(car('a_dictionary'), readFileSync(car('my_s3')))
    const { code, stdout, stderr } = await kit.run([...migrate, '--verify-only', '--backend-filter', 'dictionary']) // prettier-ignore
    t.equal(code, 3)
    t.match(stdout.toString(), /FAILED/)
    t.match(stderr, new RegExp(`${CID_A} has car_file_path`))
    t.equal((await kit.run([...migrate, '--backend-filter', 'dictionary'])).code, 3)
    await kit.ok(...migrate, '--backend-filter', 'dictionary', '--force-car-regeneration')
    await kit.ok(...migrate, '--backend-filter', 'dictionary', '--verify-only')
  }
)

t.test(
  'threats 138: pins that only the log has stay when the files are made anew',
  { timeout: 120_000 },
  async (t) => {
    const home = join(tempFolder(t, 'logged'), 'home')
    put(home, 'backends/disk/backend.json', json({ type: 'filesystem', options: { path: ['/nowhere'] }, priority: 1, timeout_ms: 1000 })) // prettier-ignore
    chmodSync(home, 0o700)
    const kit = new Kit(home)
    const row = (cid: string) => oldRow(cid, 'disk', { created_at: '2024-05-06T07:08:09.123Z' })
    const change = (cid: string, isThere = true) => ({ change: { backend: 'disk', cid, row: isThere ? row(cid) : null } }) // prettier-ignore
    const log = homeLog(home)
    const pins = new PinRecorder(home, log)
    await pins.record([change(CID_A)])
    await pins.settle()
    await pins.record([change(CID_V0), change(CID_A, false)])
    await pins.close()
    await log.close()
    writeFileSync(join(home, 'backends/disk/pin_mappings.car'), 'no CAR')
    const migrated = await kit.json<{ items: { rows: number }[] }>(...migrate, '--force-car-regeneration') // prettier-ignore
    t.same(migrated.items.map(({ rows }) => rows), [1]) // prettier-ignore
    const { rows, car } = await rowsOf(home, 'disk')
    t.same([rows, car], [[row(CID_V0)], [row(CID_V0)]])
    t.equal((await kit.ok('pin', 'ls', '--backend', 'disk', '-q')).trim(), CID_V0)
  }
)

t.test(
  'threats 104: broken JSON is refused by name, and nothing of that backend is changed',
  async (t) => {
    const home = join(tempFolder(t, 'legacy'), 'home')
    put(home, 'backends/bad/pins.json', '[{"cid": ')
    put(home, 'backends/good/pins.json', json([CID_A]))
    put(home, 'buckets/photos.parquet', 'whatever')
    chmodSync(home, 0o700)
    const kit = new Kit(home)
    const { code, stderr } = await kit.run(migrate)
    t.equal(code, 3)
    t.match(stderr, /backends\/bad\/pins\.json is no JSON/)
    t.match(stderr, /buckets: 1 files: lists of files in buckets/)
    t.same(readdirSync(join(home, 'backends/bad')), ['pins.json'])
    t.same(
      (await rowsOf(home, 'good')).rows.map(({ cid }) => cid),
      [CID_A]
    )
  }
)

t.test(
  'a row without metadata is migrated; what cannot be migrated blocks nothing beside it',
  { skip, timeout: 120_000 },
  async (t) => {
    const home = join(tempFolder(t, 'legacy'), 'home')
    await writeParquet(home, 'pqt', 'string', [oldRow(CID_A, 'pqt', { metadata: null })])
    await writeParquet(home, 'bad', 'string', [oldRow(CID_A, 'bad', { status: null })])
    put(home, 'backends/nas/pins.json', json([CID_V0]))
    chmodSync(home, 0o700)
    const kit = new Kit(home)
    const { code, stderr } = await kit.run(migrate)
    t.equal(code, 3)
    t.match(stderr, /bad: .*a row has no status/)
    t.same((await rowsOf(home, 'pqt')).rows.map(({ metadata }) => metadata), ['{}']) // prettier-ignore
    const listed = await kit.run(['pin', 'ls', '--backend', 'all', '-q'])
    t.same([listed.code, listed.stdout.toString().trim().split('\n').length], [0, 2])
    t.match(listed.stderr, /bad: left by an older installation/)
    t.match(await kit.ok('query', 'SELECT count(*) AS n FROM pins', '--format', 'csv'), /^n\n0$/m)
    const disk = tempFolder(t, 'disk')
    await kit.ok('backend', 'add', 'disk', '--type', 'filesystem', '--path', disk)
    writeFileSync(join(home, 'file'), 'content')
    const cid = await kit.add(join(home, 'file'))
    await kit.ok('pin', 'add', cid, '--backend', 'disk')
    t.match(await kit.ok('pin', 'verify', cid), /sound|there/)
    const doctor = (await kit.run(['doctor'])).stdout.toString()
    t.match(doctor, /backend bad.*left by an older installation/)
    t.same(readdirSync(join(home, 'backends/bad')).sort(), ['.keep', 'pin_mappings.parquet'])
  }
)

t.test('a mapping whose CID is none is dropped by its exact text', async (t) => {
  const home = join(tempFolder(t, 'legacy'), 'home')
  const disk = tempFolder(t, 'disk')
  put(home, 'backends/nas/pins.json', json([{ cid: NO_CID }]))
  chmodSync(home, 0o700)
  const kit = new Kit(home)
  await kit.ok(...migrate)
  await kit.ok('backend', 'add', 'nas', '--type', 'filesystem', '--path', disk)
  for (const command of [['verify'], ['heal'], ['verify', '--read-data'], ['heal']]) {
    const { code, stdout } = await kit.run(['pin', ...command])
    t.equal(code, command[0] === 'verify' ? 3 : 1, command.join(' '))
    t.match(stdout.toString(), /pin rm QmTest123 --backend nas/, command.join(' '))
  }
  t.equal((await kit.run(['pin', 'rm', 'QmTest12', '--backend', 'nas'])).code, 2)
  await kit.ok('pin', 'rm', NO_CID, '--backend', 'nas')
  t.equal(await kit.ok('pin', 'ls', '--backend', 'all', '-q'), '')
})

t.test('forms of pins', async (t) => {
  const cidsOf = (value: unknown): string[] => readLegacyPins(json(value), 'f').pins.map(({ cid }) => cid) // prettier-ignore
  t.same(cidsOf([]), [])
  t.same(cidsOf({}), [])
  t.same(cidsOf({ pins: { [CID_A]: null } }), [CID_A])
  t.same(readLegacyPins(json([CID_A, CID_A, CID_V0]), 'f').warnings, ['f: 1 entries are about a CID that comes again; the last one counts']) // prettier-ignore
  for (const wrong of ['', 'null', '3', '[3]', '[{}]', '[{"cid": 3}]'])
    t.throws(() => readLegacyPins(wrong, 'f'), { code: 'CORRUPT_FORMAT', message: /^f/ }, wrong)
})

t.test('dialects of CARs', async (t) => {
  const folder = tempFolder(t, 'dialects')
  const of = (content: string | Uint8Array) => {
    put(folder, 'x.car', content)
    return carDialect(join(folder, 'x.car'))
  }
  t.equal(carDialect(join(folder, 'absent')), undefined)
  t.equal(of(jsonCar([])), 'json')
  t.equal(of(framedCar()), 'framed')
  t.equal(of(varintCar()), 'varint-json')
  t.equal(of(Buffer.from('1b7b2276', 'hex')), 'varint-json')
  t.equal(of(Buffer.from('3aa265726f6f7473', 'hex')), 'car')
  t.equal(of(Buffer.from('0aa16776657273696f6e02', 'hex')), 'car')
  t.equal(of(''), 'unknown')
})
