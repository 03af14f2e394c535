/** The files of an engine for other programs: pins as they are, moments while it runs, and nothing of it afterwards. */
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { isPinIndexCurrent } from '../../src/operations/pin-index.js'
import { Kit } from '../support/cli.js'
import { until } from '../support/holder.js'
import { python, skipWithoutPython } from '../support/python.js'
import { tempFolder } from '../support/temp.js'

const READ = `
import sys, json, pyarrow as pa
def rows(name):
    table = pa.ipc.open_file(pa.memory_map(f'{sys.argv[1]}/ipc/{name}.arrow')).read_all()
    table.validate(full=True)
    return [{k: v.isoformat() if hasattr(v, 'isoformat') else v for k, v in row.items()} for row in table.to_pylist()]
print(json.dumps({name: rows(name) for name in sys.argv[2:]}))
`

type Rows = Record<string, Record<string, unknown>[]>

t.test(
  'pyarrow reads pins, copies and health of an engine',
  { skip: skipWithoutPython, timeout: 120_000 },
  async (t) => {
    const folder = tempFolder(t, 'streams')
    const kit = new Kit(join(folder, 'home'))
    t.teardown(() => kit.run(['daemon', 'stop']))
    mkdirSync(join(folder, 'tree'))
    mkdirSync(join(folder, 'nas'))
    writeFileSync(join(folder, 'tree', 'file'), 'hello')
    mkdirSync(join(kit.home, 'ipc'), { recursive: true, mode: 0o700 })
    writeFileSync(
      join(kit.home, 'ipc', 'pin_index.arrow.4194305.tmp'),
      'of a process that was killed'
    )
    await kit.ok('daemon', 'start')
    const file = await kit.add(join(folder, 'tree', 'file'))
    const tree = await kit.add(join(folder, 'tree'))
    await kit.ok('backend', 'add', 'nas', '--type', 'filesystem', '--path', join(folder, 'nas'))
    await kit.ok('pin', 'add', tree, '--backend', 'nas', '--name', 'my tree')
    await until('the index is current', () => isPinIndexCurrent(kit.home))
    const health = join(kit.home, 'ipc', 'backend_health.arrow')
    await until('health is told', () => existsSync(health))
    const names = ['pin_index', 'metrics', 'vfs_stats', 'backend_health']
    const { pin_index: pins, metrics } = await python<Rows>(READ, kit.home, ...names)
    t.match(
      pins!.map(({ cid, backend, size_bytes, replication_factor }) => [cid, backend, size_bytes, replication_factor]),
      [[file, 'local', 5, 1], [tree, 'local', Number, 2], [tree, 'nas', Number, 2]]
    ) // prettier-ignore
    t.match(pins![2], {
      name: 'my tree',
      pin_type: 'recursive',
      verified: false,
      last_access: null
    })
    t.match(JSON.parse(pins![2]!['metadata'] as string), { status: 'stored', name: 'my tree' })
    t.match(JSON.parse(pins![1]!['metadata'] as string), { is_folder: true, created_at: /Z$/ })
    t.ok(metrics!.some(({ metric_name }) => metric_name === 'ipfs_kit_up'))
    t.equal(statSync(health).mode & 0o777, 0o600)

    await kit.ok('pin', 'rm', file)
    await until('the index is current', () => isPinIndexCurrent(kit.home))
    const after = await python<Rows>(READ, kit.home, 'pin_index')
    t.same(after['pin_index']!.map(({ cid }) => cid), [tree, tree]) // prettier-ignore

    await kit.ok('daemon', 'stop')
    await until('the engine has ended', () => !existsSync(health))
    t.same(readdirSync(join(kit.home, 'ipc')), ['pin_index.arrow'])
    t.ok(isPinIndexCurrent(kit.home))
  }
)
