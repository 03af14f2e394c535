/** Which copies are tried where nobody asks for it. */
import t from 'tap'
import { KitError } from '../../src/core/errors.js'
import { dueTries } from '../../src/operations/due-tries.js'
import { logFolder } from '../../src/wal/layout.js'
import type { NewOperation } from '../../src/wal/operation-record.js'
import { tempFolder } from '../support/temp.js'
import { openOperations } from '../support/wal.js'

const store = (cid: string): NewOperation => ({ operation_type: 'heal', backend: 'disk', parameters: { cid } }) // prettier-ignore

t.test(
  'a copy is tried when its operation is due, and once where that has failed for good',
  async (t) => {
    const home = tempFolder(t)
    const { operations, clock, close } = await openOperations(logFolder(home))
    const failing = async (cid: string, error: KitError): Promise<void> => {
      const { operation_id: id } = await operations.take(store(cid))
      await operations.fail(id, error)
    }
    await failing('waiting', new KitError('TIMEOUT', 'late'))
    await failing('failed', new KitError('UNSUPPORTED', 'never'))
    await failing('interrupted', new KitError('ABORTED', 'interrupted'))
    const { operation_id: done } = await operations.take(store('done'))
    await operations.complete(done, null)
    await operations.take(store('running'))
    const given = await operations.take(store('cancelled'))
    await operations.cancel(given.operation_id)
    const copies = ['waiting', 'failed', 'interrupted', 'done', 'running', 'cancelled', 'unknown']
    const due = (isFirst: boolean, now: number): string[] => {
      const isDue = dueTries(home, { isFirst }, now)
      return copies.filter((cid) => isDue({ cid, backend: 'disk' }, 'place'))
    }
    t.same(due(false, clock.now()), ['interrupted', 'done', 'unknown'])
    t.same(due(false, clock.now() + 15_000), ['waiting', 'interrupted', 'done', 'unknown'])
    t.same(due(true, clock.now()), ['failed', 'interrupted', 'done', 'cancelled', 'unknown'])
    const [other, asked] = [
      dueTries(home, { isFirst: false }, clock.now()),
      dueTries(home, undefined)
    ]
    t.ok(other({ cid: 'failed', backend: 'disk' }, 'verify'), 'work of another kind has its own')
    t.ok(other({ cid: 'failed', backend: 'nas' }, 'place'), 'so has another backend')
    t.ok(
      copies.every((cid) => asked({ cid, backend: 'disk' }, 'place')),
      'a user waits for no time'
    )
    await close()
  }
)

t.test('a copy that was lost and stored again is verified when its time comes', async (t) => {
  const home = tempFolder(t)
  const { operations, clock, close } = await openOperations(logFolder(home))
  const verify = await operations.take({ ...store('lost'), operation_type: 'verify' })
  await operations.fail(verify.operation_id, new KitError('PATH_NOT_FOUND', 'it is missing'))
  const heal = await operations.take(store('lost'))
  await operations.complete(heal.operation_id, null)
  t.equal(operations.byId(verify.operation_id)?.status, 'cancelled', 'nothing is left to do')
  const isDue = dueTries(home, { isFirst: false }, clock.now())
  t.ok(isDue({ cid: 'lost', backend: 'disk' }, 'verify'))
  await close()
})
