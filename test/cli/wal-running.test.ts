/** Operations that run for a command beside an engine: they are stopped from elsewhere, and due again when it is killed. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { OwnerClient } from '../../src/service/owner-client.js'
import { socketPath } from '../../src/service/run-folder.js'
import { loggedOperations } from '../../src/operations/logged-operations.js'
import type { OperationRecord, OperationStatus } from '../../src/wal/operation-record.js'
import { Kit } from '../support/cli.js'
import { tempFolder } from '../support/temp.js'

/** Waits for an operation of a status. */
async function operationThatIs(home: string, status: OperationStatus): Promise<OperationRecord> {
  for (;;) {
    const found = loggedOperations(home).find((record) => record.status === status)
    if (found !== undefined) return found
    await delay(20)
  }
}

t.test('a transfer of a command beside an engine', { timeout: 120_000 }, async (t) => {
  const folder = tempFolder(t, 'running')
  const kit = new Kit(join(folder, 'home'))
  mkdirSync(join(folder, 'disk'))
  writeFileSync(join(folder, 'file'), Buffer.alloc(4_000_000, 'x'))
  await kit.ok('backend', 'add', 'disk', '--type', 'filesystem', '--path', join(folder, 'disk'), '--max-upload', '50KB') // prettier-ignore
  const cid = await kit.ok('add', '-q', join(folder, 'file'))
  await kit.ok('daemon', 'start')
  t.teardown(() => kit.run(['daemon', 'stop']))

  const stored = kit.run(['pin', 'add', cid, '--backend', 'disk'])
  const { operation_id: id } = await operationThatIs(kit.home, 'running')
  await kit.ok('wal', 'cancel', id)
  const { code, stderr, stdout } = await stored
  t.equal(code, 1)
  t.match(`${stdout.toString()}${stderr}`, new RegExp(`operation ${id} was given up`))
  t.match(await kit.json('wal', 'show', id), { status: 'cancelled' })
  t.match(await kit.json('pin', 'whereis', cid), {
    copies: [{ backend: 'disk', status: 'failed' }]
  })

  const killed = await kit.run(['pin', 'heal'], {
    onStart: (child) => void operationThatIs(kit.home, 'running').then(() => child.kill('SIGKILL'))
  })
  t.equal(killed.signal, 'SIGKILL')
  t.match(await operationThatIs(kit.home, 'pending'), { next_retry_at: null, retry_count: 0 }, 'due at once') // prettier-ignore
  const client = await OwnerClient.connect(socketPath(kit.home))
  t.ok(client, 'the engine lives on')
  client?.close()
})
