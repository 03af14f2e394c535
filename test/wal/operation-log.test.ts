/** Operations on backends: states, retries with an end, replay, archives. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { KitError } from '../../src/core/errors.js'
import { MAPPING } from '../../src/wal/kinds.js'
import { archiveFolder, archivePath, archivesIn } from '../../src/wal/layout.js'
import type { NewOperation, OperationRecord } from '../../src/wal/operation-record.js'
import { readArchive } from '../../src/wal/read-archive.js'
import { readOperations } from '../../src/wal/replay.js'
import { RETRY_POLICY, waitAfter } from '../../src/wal/retry-policy.js'
import { runProgram } from '../support/cli.js'
import { PYTHON, skipWithoutPython } from '../support/python.js'
import { tempFolder } from '../support/temp.js'
import { openLog, openOperations } from '../support/wal.js'

const store = (cid: string): NewOperation => ({
  operation_type: 'store',
  backend: 'disk',
  parameters: { cid, car_file_path: `/disk/cars/${cid}.car` }
})

const result = { cid: 'bafy', size: 5_000_000_000, destination: '/disk/cars/bafy.car' }

/** All operations that are in the archives, in order. */
async function archived(folder: string): Promise<OperationRecord[]> {
  const parts = archivesIn(folder).map((through) => readArchive(folder, through))
  return (await Promise.all(parts)).flat().sort((a, b) => a.timestamp - b.timestamp)
}

t.test(
  'a later try carries on what waits for one, or has failed, of the same copy and kind',
  async (t) => {
    const folder = tempFolder(t)
    const killed = await openOperations(folder)
    const first = await killed.operations.take(store('bafy'))
    const other = await killed.operations.take(store('bafk'))
    const look = await killed.operations.take({ ...store('bafy'), operation_type: 'verify' })
    await killed.close()
    const { operations, clock, close } = await openOperations(folder)
    const statusOf = ({ operation_id }: OperationRecord) => operations.byId(operation_id)?.status
    t.same([first, other, look].map(statusOf), ['pending', 'pending', 'pending'])
    const heal: NewOperation = { ...store('bafy'), operation_type: 'heal' }
    const down = new KitError('BACKEND_UNAVAILABLE', 'disk does not answer')
    for (let i = 1; i < RETRY_POLICY.tries; i++) {
      const again = await operations.take(heal, { isAutomatic: true })
      t.match(again, { operation_id: first.operation_id, operation_type: 'store', status: 'running', retry_count: i - 1 }) // prettier-ignore
      t.match(await operations.fail(first.operation_id, down), {
        status: 'pending',
        retry_count: i
      })
    }
    await operations.take(heal, { isAutomatic: true })
    t.match(await operations.fail(first.operation_id, down), { status: 'failed' }, 'it has an end')
    t.match(await operations.take(heal), { operation_id: first.operation_id, retry_count: 0 }, 'a user begins anew') // prettier-ignore
    await operations.fail(first.operation_id, new KitError('ABORTED', 'interrupted'))
    t.match(operations.byId(first.operation_id), { status: 'pending', retry_count: 0, next_retry_at: null }) // prettier-ignore
    t.ok(operations.due(clock.now()).some(({ operation_id: id }) => id === first.operation_id))
    t.same([first, other, look].map(statusOf), ['pending', 'pending', 'pending'], 'others are left alone') // prettier-ignore
    await close()
  }
)

t.test('what has nothing to do any more because of another one is given up', async (t) => {
  const { operations, close } = await openOperations(tempFolder(t))
  const statusOf = ({ operation_id }: OperationRecord) => operations.byId(operation_id)?.status
  const down = new KitError('BACKEND_UNAVAILABLE', 'disk does not answer')
  const stored = await operations.take(store('bafy'))
  await operations.fail(stored.operation_id, down)
  const looked = await operations.take({ ...store('bafy'), operation_type: 'verify' })
  await operations.fail(looked.operation_id, down)
  const removed = await operations.take({ ...store('bafy'), operation_type: 'remove' })
  t.same([stored, looked].map(statusOf), ['cancelled', 'pending'], 'it is to go')
  t.match(operations.byId(stored.operation_id), { error: `operation ${removed.operation_id} took its place` }) // prettier-ignore
  await operations.complete(removed.operation_id, null)
  t.equal(statusOf(looked), 'cancelled', 'it is gone')
  const again = await operations.take(store('bafy'))
  t.notOk([stored, removed].some(({ operation_id: id }) => id === again.operation_id))
  await operations.fail(again.operation_id, down)
  const found = await operations.take({ ...store('bafy'), operation_type: 'verify' })
  await operations.complete(found.operation_id, null)
  t.equal(statusOf(again), 'cancelled', 'it is there')
  await close()
})

t.test('what ran for somebody who is gone is due again', async (t) => {
  const { operations, clock, close } = await openOperations(tempFolder(t))
  const gone = await operations.take(store('a'), { runner: 'gone' })
  const other = await operations.take(store('b'), { runner: 'other' })
  await operations.release('gone')
  t.same(
    operations.due(clock.now()).map(({ operation_id: id }) => id),
    [gone.operation_id]
  )
  t.match(operations.byId(other.operation_id), { status: 'running' })
  await close()
})

t.test('of several operations all are taken up or given up, or none is', async (t) => {
  const { operations, close } = await openOperations(tempFolder(t))
  const waiting = await operations.begin(store('a'))
  const done = await operations.begin(store('b'))
  await operations.complete(done.operation_id, null)
  const ids = [waiting.operation_id, done.operation_id]
  await t.rejects(operations.cancel(...ids), { code: 'INVALID_ARGUMENT' })
  await t.rejects(operations.retry(...ids), { code: 'INVALID_ARGUMENT' })
  await t.rejects(operations.cancel(waiting.operation_id, 'none'), { code: 'PATH_NOT_FOUND' })
  t.same(operations.byId(waiting.operation_id), waiting)
  await close()
})

t.test('a state that cannot be written leaves memory as the log is', async (t) => {
  const { operations, close } = await openOperations(tempFolder(t))
  const much: NewOperation = { ...store('a'), parameters: { cid: 'a', much: 'x'.repeat(65 << 20) } }
  const waiting = await operations.begin(store('a'))
  await t.rejects(operations.take(much), { code: 'TOO_LARGE' })
  t.same(operations.list(), [waiting], 'a changed one is what it was')
  await t.rejects(operations.begin({ ...much, backend: 'other' }), { code: 'TOO_LARGE' })
  t.same(operations.list(), [waiting], 'one that was never begun is nowhere')
  await operations.complete(waiting.operation_id, null)
  await operations.archive()
  t.same(operations.list(), [], 'none counts as being written')
  await close()
})

t.test('an operation goes from pending to its end, and is found after each step', async (t) => {
  const folder = tempFolder(t)
  const { operations, clock, close } = await openOperations(folder)
  const seen: string[] = []
  const end = operations.watch(({ status }) => seen.push(status))
  const begun = await operations.begin(store('bafy'))
  t.match(begun, { status: 'pending', retry_count: 0, max_retries: 17, next_retry_at: null })
  t.match(begun.operation_id, /^[0-9a-f]{16}$/)
  t.same(operations.due(clock.now()), [begun])
  const id = begun.operation_id
  await operations.start(id)
  t.same(operations.due(clock.now()), [])
  await t.rejects(operations.start(id), { code: 'INVALID_ARGUMENT', message: /is running/ })
  await t.rejects(operations.retry(id), { code: 'INVALID_ARGUMENT' })
  clock.advance(1000)
  const done = await operations.complete(id, result)
  t.match(done, { status: 'completed', result, parameters: { cid: 'bafy' } })
  t.ok(done.completed_at! >= begun.timestamp + 1000)
  t.same(operations.byId(id), done)
  t.same(readOperations(folder), [done], 'another process reads the same')
  t.same(seen, ['pending', 'running', 'completed'])
  end()
  await t.rejects(operations.cancel(id), { code: 'INVALID_ARGUMENT', message: /is completed/ })
  await t.rejects(operations.complete('none', null), { code: 'PATH_NOT_FOUND' })
  await close()
})

t.test('what failed is tried again, later each time, and has an end', async (t) => {
  const folder = tempFolder(t)
  const retries = { ...RETRY_POLICY, tries: 3 }
  const { operations, clock, close } = await openOperations(folder, { retries })
  const { operation_id: id } = await operations.begin(store('bafy'))
  const down = new KitError('BACKEND_UNAVAILABLE', 'disk does not answer')
  const waits: number[] = []
  for (let left = 2; left > 0; left--) {
    await operations.start(id)
    const failed = await operations.fail(id, down)
    t.match(failed, {
      status: 'pending',
      error: 'disk does not answer',
      error_type: 'connection_error'
    })
    waits.push(failed.next_retry_at! - failed.updated_at)
    t.same(operations.due(failed.next_retry_at! - 1), [])
    t.equal(operations.due(failed.next_retry_at!).length, 1)
  }
  t.same(waits, [10_000, 60_000])
  await operations.start(id)
  t.match(await operations.fail(id, down), {
    status: 'failed',
    retry_count: 3,
    next_retry_at: null
  })
  t.same(operations.list({ status: 'failed', backend: 'disk' }).length, 1)
  t.same(operations.list({ status: 'failed', backend: 'other' }), [])
  t.match((await operations.retry(id))[0], {
    status: 'pending',
    retry_count: 0,
    completed_at: null
  })
  t.equal(operations.due(clock.now()).length, 1)
  await operations.start(id)
  t.match(
    await operations.fail(id, new KitError('ACCESS_DENIED', 'no right to write')),
    { status: 'failed', retry_count: 1 },
    'what cannot help is not tried again'
  )
  const once = await operations.begin({ ...store('other'), max_retries: 1 })
  t.match(await operations.fail(once.operation_id, down), { status: 'failed' })
  await close()
})

t.test('waits grow, have a jitter and a most', async (t) => {
  t.equal(waitAfter(RETRY_POLICY, 1, 0), 5000)
  t.equal(waitAfter(RETRY_POLICY, 1, 1), 15_000)
  t.equal(waitAfter(RETRY_POLICY, 50, 1), 1.5 * RETRY_POLICY.mostMs)
  const waits = Array.from({ length: RETRY_POLICY.tries - 1 }, (_, i) => waitAfter(RETRY_POLICY, i + 1, 0)) // prettier-ignore
  const hours = waits.reduce((sum, ms) => sum + ms, 0) / 3_600_000
  t.ok(hours > 24 && hours < 25, `a backend that is away for a day is outlived, by chance even: ${hours} h`) // prettier-ignore
})

t.test('what is cancelled while it runs stays cancelled, and can be taken up again', async (t) => {
  const folder = tempFolder(t)
  const { operations, close } = await openOperations(folder)
  const { operation_id: id } = await operations.begin(store('bafy'))
  await operations.start(id)
  await operations.cancel(id)
  t.match(await operations.complete(id, result), { status: 'cancelled', result: null })
  t.match(await operations.fail(id, new Error('late')), { status: 'cancelled', error: null })
  t.match((await operations.retry(id))[0], { status: 'pending' })
  await close()
})

t.test(
  'what ran when its process died is pending again, however often it is replayed',
  async (t) => {
    const folder = tempFolder(t)
    const first = await openOperations(folder)
    const ids: string[] = []
    for (const cid of ['a', 'b', 'c', 'd'])
      ids.push((await first.operations.begin(store(cid))).operation_id)
    await first.operations.start(ids[0]!)
    await first.operations.start(ids[1]!)
    await first.operations.complete(ids[1]!, result)
    await first.operations.fail(ids[2]!, new KitError('TIMEOUT', 'late'))
    await first.wal.close()
    for (let i = 0; i < 2; i++) {
      const { operations, close } = await openOperations(folder)
      t.same(
        operations.list().map(({ operation_id, status }) => [operation_id, status]),
        [
          [ids[0], 'pending'],
          [ids[1], 'completed'],
          [ids[2], 'pending'],
          [ids[3], 'pending']
        ]
      )
      await close()
    }
  }
)

t.test(
  'finished operations are archived once, and leave the log',
  { timeout: 120_000 },
  async (t) => {
    const folder = tempFolder(t)
    const { operations, clock, close, warnings } = await openOperations(folder, { archiveAt: 50, segmentBytes: 4000 }) // prettier-ignore
    const waiting = await operations.begin(store('waiting'))
    const failed = await operations.begin(store('failed'))
    await operations.fail(failed.operation_id, new KitError('ACCESS_DENIED', 'no'))
    const done: string[] = []
    for (let i = 0; i < 120; i++) {
      const { operation_id: id } = await operations.begin(store(`bafy${i}`))
      await operations.start(id)
      await (i % 10 === 0 ? operations.cancel(id) : operations.complete(id, i % 2 ? result : null))
      done.push(id)
      clock.advance(10)
    }
    await operations.archive()
    t.same(warnings, [])
    t.same(operations.list(), [waiting, operations.byId(failed.operation_id)])
    const history = await archived(folder)
    t.same(
      history.map(({ operation_id: id }) => id),
      done
    )
    t.match(history[0], { status: 'cancelled', result: null, parameters: { cid: 'bafy0' } })
    t.match(history[1], {
      status: 'completed',
      result,
      error: null,
      retry_count: 0,
      next_retry_at: null
    })
    t.ok(readdirSync(folder).length <= 3, 'segments that were archived are gone')
    await close()
    const { operations: again, close: closeAgain, clock: later } = await openOperations(folder)
    t.same(
      again.list().map(({ operation_id: id }) => id),
      [waiting.operation_id, failed.operation_id]
    )
    later.advance(8 * 24 * 3_600_000)
    await again.archive()
    t.same(again.list(), [waiting], 'what failed long ago is archived, too')
    t.equal((await archived(folder)).length, 121)
    await closeAgain()
  }
)

t.test(
  'a crash at any step of archiving loses nothing and has nothing twice',
  { timeout: 120_000 },
  async (t) => {
    for (const step of ['before it has its name', 'before the segments go', 'afterwards']) {
      const folder = tempFolder(t)
      const { operations, wal, close } = await openOperations(folder, { segmentBytes: 8000 })
      const live = await operations.begin(store('live'))
      for (let i = 0; i < 20; i++) {
        const { operation_id: id } = await operations.begin(store(`bafy${i}`))
        await operations.complete(id, null)
      }
      if (step === 'before the segments go') wal.prune = async () => undefined
      await operations.archive()
      await close()
      const [through] = archivesIn(folder)
      if (step === 'before it has its name') {
        // As if the process had ended with the archive under its temporary name.
        const again = tempFolder(t)
        const { operations: half, close } = await openOperations(again)
        for (let i = 0; i < 20; i++)
          await half.complete((await half.begin(store(`bafy${i}`))).operation_id, null)
        await close()
        mkdirSync(archiveFolder(again))
        writeFileSync(`${archivePath(again, 40)}.1.tmp`, 'half')
        const opened = await openOperations(again)
        t.equal(opened.operations.list().length, 20)
        t.same(readdirSync(archiveFolder(again)), [])
        await opened.close()
        continue
      }
      const opened = await openOperations(folder)
      t.same(opened.operations.list(), [live], step)
      await opened.operations.archive()
      t.same(archivesIn(folder), [through], step)
      const history = await archived(folder)
      t.equal(new Set(history.map(({ operation_id: id }) => id)).size, 20, step)
      t.equal(history.length, 20, step)
      await opened.close()
    }
  }
)

t.test('an archive that cannot be written leaves everything in the log', async (t) => {
  const folder = tempFolder(t)
  const { operations, close, warnings } = await openOperations(folder, { archiveAt: 3 })
  writeFileSync(archiveFolder(folder), 'no folder')
  for (let i = 0; i < 3; i++)
    await operations.complete((await operations.begin(store(`bafy${i}`))).operation_id, null)
  await operations.close()
  t.match(warnings, [/stay in the log/])
  t.equal(operations.list({ status: 'completed' }).length, 3)
  rmSync(archiveFolder(folder))
  await operations.archive()
  t.same(operations.list(), [])
  t.equal((await archived(folder)).length, 3)
  await close()
})

t.test('an archive that is damaged is named', async (t) => {
  const folder = tempFolder(t)
  mkdirSync(archiveFolder(folder), { recursive: true })
  writeFileSync(archivePath(folder, 7), 'PAR1 no more PAR1')
  await t.rejects(readArchive(folder, 7), {
    code: 'CORRUPT_FORMAT',
    message: /0007\.parquet is damaged/
  })
  t.same(await readArchive(folder, 8), [])
})

const READ = `
import sys, pyarrow as pa, pyarrow.parquet as pq, pandas as pd, duckdb
path = sys.argv[1]
text, ms = pa.string(), pa.timestamp('ms')
want = pa.schema([('operation_id', text), ('operation_type', text), ('status', text), ('timestamp', ms), ('updated_at', ms),
  ('completed_at', ms), ('backend', text), ('parameters', pa.map_(text, text)),
  ('result', pa.struct([('cid', text), ('size', pa.int64()), ('destination', text)])), ('error', text), ('error_type', text),
  ('retry_count', pa.int32()), ('max_retries', pa.int32()), ('next_retry_at', ms)])
schema = pq.read_schema(path)
assert schema.names == want.names, schema
for field in want: assert schema.field(field.name).type == field.type, (schema.field(field.name), field)
frame = pd.read_parquet(path)
assert len(frame) == 3 and list(frame.columns) == want.names
assert frame.result[1]['size'] == 5_000_000_000 and dict(frame.parameters[0])['cid'] == 'bafy0'
assert duckdb.sql(f"select count(*), sum(result.size), min(parameters['cid']) from '{path}' where completed_at > timestamp '2020-01-01'").fetchall()[0] == (3, 5_000_000_000, 'bafy0')
print('ok')
`

t.test(
  'pandas, pyarrow and DuckDB read an archive with the columns and types that are promised',
  {
    skip: skipWithoutPython,
    timeout: 120_000
  },
  async (t) => {
    const folder = tempFolder(t)
    const { operations, close } = await openOperations(folder)
    for (let i = 0; i < 3; i++)
      await operations.complete(
        (await operations.begin(store(`bafy${i}`))).operation_id,
        i === 1 ? result : null
      )
    await operations.archive()
    await close()
    const read = await runProgram(PYTHON, ['-c', READ, archivePath(folder, archivesIn(folder)[0]!)])
    t.equal(read.stdout.toString(), 'ok\n', read.stderr)
  }
)

t.test('an entry that is no operation is named', async (t) => {
  const folder = tempFolder(t)
  const { wal } = await openLog(folder)
  await wal.append(1, Buffer.from('{"operation_id": 1}'))
  await wal.close()
  t.throws(() => readOperations(folder), { code: 'CORRUPT_FORMAT', message: /entry 1 of the log/ })
})

t.test('a few operations do not keep the segments of others', { timeout: 60_000 }, async (t) => {
  const folder = tempFolder(t)
  const { operations, wal, close } = await openOperations(folder, { segmentBytes: 1000 })
  const waiting = await operations.begin(store('waiting'))
  wal.hold('mappings', 1)
  for (let i = 0; i < 40; i++) await wal.append(MAPPING, Buffer.alloc(900, 'x'))
  wal.hold('mappings', wal.end + 1)
  await wal.prune()
  t.ok(wal.segmentsBehind(1) > 10, 'the operation is in the first')
  const other = await operations.begin(store('other'))
  await operations.close()
  t.ok(wal.segmentsBehind(1) <= 1, `${wal.segmentsBehind(1)} segments`)
  t.same(await archived(folder), [])
  t.same(readOperations(folder), [waiting, other])
  await close()
  const again = await openOperations(folder)
  t.same(again.operations.list(), [waiting, other])
  await again.close()
})
