/** Calls over a socket: long answers, progress, errors, an end in the middle. */
import { join } from 'node:path'
import t from 'tap'
import { KitError } from '../../src/core/errors.js'
import { RpcClient, serveRpc, type Handler } from '../../src/service/rpc.js'
import { tempFolder } from '../support/temp.js'

const METHODS: Readonly<Record<string, Handler>> = {
  echo: async (params: unknown) => params,
  long: async () => Array.from({ length: 400_000 }, (_, i) => `a line that is number ${i} of many`),
  steps: async (_: unknown, progress) => {
    for (let i = 0; i < 3; i++) progress(i)
    return 'done'
  },
  fails: async () => {
    throw new KitError('NO_SPACE', 'full')
  },
  never: () => new Promise(() => undefined)
}

t.test('answers of any length, progress and errors come back', async (t) => {
  const path = join(tempFolder(t, 'rpc'), 'socket')
  const server = await serveRpc(path, new Map(Object.entries(METHODS)))
  t.teardown(() => server.close())
  const client = (await RpcClient.connect(path))!
  t.teardown(() => client.close())
  t.same(await client.call('echo', { a: 1 }), { a: 1 })
  t.equal(await client.call('echo', null), null)
  const long = (await client.call('long', {})) as string[]
  t.equal(long.length, 400_000, 'more than one line may hold')
  t.equal(long[399_999], 'a line that is number 399999 of many')
  const steps: unknown[] = []
  t.equal(await client.call('steps', {}, (step) => steps.push(step)), 'done')
  t.same(steps, [0, 1, 2])
  await t.rejects(client.call('fails', {}), { code: 'NO_SPACE', message: 'full' })
  await t.rejects(client.call('unknown', {}), { code: 'UNSUPPORTED' })
})

t.test('a call whose owner ends is CLOSED; nobody there is undefined', async (t) => {
  const path = join(tempFolder(t, 'rpc'), 'socket')
  t.equal(await RpcClient.connect(path), undefined)
  const server = await serveRpc(path, new Map(Object.entries(METHODS)))
  const client = (await RpcClient.connect(path))!
  const call = client.call('never', {})
  server.close()
  client.close()
  await t.rejects(call, { code: 'CLOSED' })
})
