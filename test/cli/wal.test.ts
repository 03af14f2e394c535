/** `wal`: commands about the log of operations, without an engine and beside one. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { KitError } from '../../src/core/errors.js'
import { logFolder } from '../../src/wal/layout.js'
import type { OperationRecord } from '../../src/wal/operation-record.js'
import { Kit } from '../support/cli.js'
import { tempFolder } from '../support/temp.js'
import { openOperations } from '../support/wal.js'

interface Stage {
  readonly kit: Kit
  /** Ids by their status, and the one that is archived. */
  readonly ids: Readonly<Record<'archived' | 'completed' | 'failed' | 'pending', string>>
}

/** Makes a home whose log has operations in several states. */
async function stage(t: Test): Promise<Stage> {
  const kit = new Kit(join(tempFolder(t, 'wal'), 'home'))
  await kit.ok('backend', 'add', 'disk', '--type', 'filesystem', '--path', tempFolder(t, 'disk'))
  const { operations, close } = await openOperations(logFolder(kit.home))
  const begin = async (name: string): Promise<string> =>
    (await operations.begin({ operation_type: 'store', backend: 'disk', parameters: { cid: `bafy-${name}` } })).operation_id // prettier-ignore
  const archived = await begin('archived')
  await operations.complete(archived, { cid: 'bafy', size: 7, destination: '/x' })
  await operations.archive()
  const [completed, failed, pending] = [await begin('completed'), await begin('failed'), await begin('pending')] // prettier-ignore
  await operations.complete(completed, null)
  await operations.fail(failed, new KitError('ACCESS_DENIED', 'no right to write \u001b[31m'))
  await operations.fail(pending, new KitError('TIMEOUT', 'late'))
  await close()
  return { kit, ids: { archived, completed, failed, pending } }
}

const statusOf = async (kit: Kit, id: string): Promise<string> =>
  (await kit.json<OperationRecord>('wal', 'show', id)).status

t.test('operations are counted, listed and shown', async (t) => {
  const { kit, ids } = await stage(t)
  t.match(await kit.json('wal', 'status'), {
    success: true,
    operations: { pending: 1, running: 0, completed: 1, failed: 1, cancelled: 0 },
    next_due: Number,
    log: { files: 1 },
    archives: { files: 1 }
  })
  t.match(await kit.ok('wal', 'status'), /^pending +1 \(next: 20.*Z\)\nrunning +0\nfailed +1\n/)
  const listed = (await kit.ok('wal', 'ls')).split('\n')
  t.match(listed[0], /^ID +STATUS +TYPE +BACKEND +CID +UPDATED +RETRIES +ERROR$/)
  t.equal(listed.length, 4)
  t.match(listed[2], new RegExp(`^${ids.failed} +failed +store +disk +bafy-failed +20.*Z +1/17 +no right to write \\\\x1b`)) // prettier-ignore
  t.equal((await kit.ok('wal', 'ls', '--all', '-q')).split('\n')[0], ids.archived)
  t.equal(await kit.ok('wal', 'ls', '--all', '-q', '--limit', '1'), ids.pending)
  t.equal(await kit.ok('wal', 'ls', '-q', '--status', 'failed'), ids.failed)
  t.equal(await kit.ok('wal', 'ls', '-q', '--backend', 'other'), '')
  const { code, stderr } = await kit.run(['wal', 'ls', '--type', 'x'])
  t.equal(code, 2)
  t.match(stderr, /store, remove, replicate/)
  t.match(await kit.json('wal', 'show', ids.archived.slice(0, 12)), { status: 'completed', result: { size: 7 } }) // prettier-ignore
  t.match(await kit.ok('wal', 'show', ids.pending), /\nparameters\.cid +bafy-pending/)
  t.match(await kit.json('wal', 'show', 'zz'), { success: false, code: 'PATH_NOT_FOUND' })
  t.match(await kit.json('wal', 'show', ''), { success: false, code: 'INVALID_ARGUMENT' })
})

async function changes(t: Test, { kit, ids }: Stage): Promise<void> {
  t.equal(await kit.ok('wal', 'retry', '--failed', '-q'), ids.failed)
  t.equal(await statusOf(kit, ids.failed), 'cancelled', 'there is no such copy any more')
  t.match((await kit.run(['wal', 'retry', '--failed'])).stderr, /no operation has failed/)
  t.match(await kit.json('wal', 'retry', ids.completed), { code: 'INVALID_ARGUMENT', error: /is completed/ }) // prettier-ignore
  t.match(await kit.json('wal', 'retry', ids.archived), { code: 'INVALID_ARGUMENT' })
  t.equal((await kit.run(['wal', 'retry'])).code, 2)
  t.match(await kit.json('wal', 'cancel', ids.pending, ids.completed), { code: 'INVALID_ARGUMENT' })
  t.equal(await statusOf(kit, ids.pending), 'pending', 'then nothing is done')
  t.equal(await kit.ok('wal', 'cancel', ids.pending.slice(0, 10)), `cancelled ${ids.pending}`)
  t.equal(await statusOf(kit, ids.pending), 'cancelled')
  t.match(await kit.json('wal', 'cancel', ids.pending), { code: 'INVALID_ARGUMENT' })
}

async function tries(t: Test, kit: Kit, name: string): Promise<string> {
  const disk = tempFolder(t, 'place')
  const path = join(disk, 'pins')
  const file = join(disk, 'file')
  mkdirSync(path)
  writeFileSync(file, `content for ${name}`)
  await kit.ok('backend', 'add', name, '--type', 'filesystem', '--path', path)
  const cid = await kit.ok('add', '-q', file)
  await kit.ok('pin', 'add', cid, '--backend', name)
  renameSync(path, join(disk, 'away'))
  const [copy] = (await kit.json<{ copies: { carPath: string }[] }>('pin', 'verify', cid)).copies
  t.match(copy, { status: 'unknown' }, 'a disk that is not there says nothing')
  const id = (await kit.ok('wal', 'ls', '-q', '--type', 'verify', '--backend', name)).split('\n').at(-1)! // prettier-ignore
  const { code, stdout } = await kit.run(['wal', 'retry', id])
  t.equal(code, 4, 'it is tried, and fails again')
  t.match(stdout.toString(), new RegExp(`^${id} +(pending|failed) +verify +${name} +${cid} +\\S`))
  renameSync(join(disk, 'away'), path)
  t.match(await kit.json('wal', 'retry', id), { operations: [{ operation_id: id, status: 'completed', error: null }] }) // prettier-ignore
  return path
}

t.test('what is retried is tried, and its outcome told', async (t) => {
  const { kit } = await stage(t)
  await tries(t, kit, 'near')
  await kit.ok('daemon', 'start')
  t.teardown(() => kit.run(['daemon', 'stop']))
  await tries(t, kit, 'far')
})

t.test(
  'a place that is another gets no files of mappings; what waits there goes with the backend',
  async (t) => {
    const { kit } = await stage(t)
    const path = await tries(t, kit, 'near')
    renameSync(path, `${path}.away`)
    mkdirSync(path)
    const { stderr } = await kit.run(['daemon', 'intelligent', 'sync'])
    t.match(stderr, /mappings are not copied to near: the place of backend near is not the one/)
    t.same(readdirSync(path), [], 'as a disk that is not mounted')
    await kit.run(['pin', 'verify'])
    const open = await kit.ok('wal', 'ls', '-q', '--backend', 'near', '--status', 'pending')
    t.match(open, /^[0-9a-f]{16}$/)
    await kit.ok('backend', 'rm', 'near', '--force')
    t.equal(await statusOf(kit, open), 'cancelled')
  }
)

t.test('operations are retried and cancelled', async (t) => changes(t, await stage(t)))

t.test('they are so by the engine where one runs', async (t) => {
  const staged = await stage(t)
  await staged.kit.ok('daemon', 'start')
  t.teardown(() => staged.kit.run(['daemon', 'stop']))
  await changes(t, staged)
})

t.test('a home without a log has nothing to list, and gets none by looking', async (t) => {
  const kit = new Kit(join(tempFolder(t), 'home'))
  t.match((await kit.run(['wal', 'ls'])).stderr, /there is no home/)
  t.match(await kit.json('wal', 'status'), { success: true, log: { files: 0, bytes: 0 } })
  t.notOk(existsSync(kit.home))
})

t.test(
  'threats 81: a log that is damaged is exit 3 of whatever needs it, and stays as it is',
  async (t) => {
    const { kit, ids } = await stage(t)
    const folder = logFolder(kit.home)
    const path = join(
      folder,
      readdirSync(folder).find((name) => name.endsWith('.log'))!
    )
    const bytes = readFileSync(path)
    bytes[200]! ^= 4
    writeFileSync(path, bytes)
    for (const words of [
      ['status'],
      ['ls'],
      ['show', ids.failed],
      ['retry', ids.failed],
      ['cancel', ids.failed]
    ]) {
      // prettier-ignore
      const { code, stderr } = await kit.run(['wal', ...words])
      t.equal(code, 3, words[0]!)
      t.ok(stderr.includes(`${path} is damaged at byte `), stderr)
    }
    t.ok(readFileSync(path).equals(bytes))
  }
)
