/** Calls over a socket: long answers, progress, errors, cancelling, an end in the middle, another version. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { KitError } from '../../src/core/errors.js'
import { OwnerClient } from '../../src/service/owner-client.js'
import { serveProtocol } from '../../src/service/protocol-server.js'
import { PROTOCOL_VERSION, type Handlers } from '../../src/service/protocol.js'
import { tempFolder } from '../support/temp.js'

/** An owner of which only some methods are used. */
const owner = (handlers: Partial<Handlers>): Handlers =>
  ({
    hello: async () => ({ version: PROTOCOL_VERSION, program: '1', pid: 1 }),
    ...handlers
  }) as Handlers

async function connected(t: Test, handlers: Partial<Handlers>): Promise<OwnerClient> {
  const path = join(tempFolder(t, 'protocol'), 'socket')
  const server = await serveProtocol(path, owner(handlers))
  t.teardown(() => server.close())
  const client = (await OwnerClient.connect(path))!
  t.teardown(() => client.close())
  return client
}

const REPORT = { blocks: 1, files: 0, bytes: 1, bad: [], missing: [], badPins: [], repaired: 0 }
const CID = 'bafkqaaa'
const OPTIONS = { readData: false, repair: false }

t.test('answers of any length, progress and errors come back', async (t) => {
  const missing = Array.from({ length: 400_000 }, (_, i) => `a line that is number ${i} of many`)
  const client = await connected(t, {
    check: async (_, { progress }) => {
      for (let i = 0; i < 3; i++) progress(i)
      return { ...REPORT, missing }
    },
    evict: async ({ cids }) => cids.length,
    collect: async () => {
      throw new KitError('NO_SPACE', 'full')
    }
  })
  t.equal(await client.call('evict', { cids: [CID, CID] }), 2)
  const steps: number[] = []
  const report = await client.call('check', OPTIONS, { progress: (step) => steps.push(step) })
  t.same(steps, [0, 1, 2])
  t.equal(report.missing.length, 400_000, 'more than one line may hold')
  t.equal(report.missing[399_999], 'a line that is number 399999 of many')
  await t.rejects(client.call('collect', {}), { code: 'NO_SPACE', message: 'full' })
  await t.rejects(client.call('report', {}), { code: 'UNSUPPORTED' })
})

t.test(
  'threats 61: a call that is cancelled ends in the owner, and so does one whose caller goes away',
  async (t) => {
    const ended: string[] = []
    let begun = (): void => undefined
    const client = await connected(t, {
      retrieve: (_, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            ended.push((signal.reason as Error).message)
            reject(signal.reason as Error)
            begun()
          })
          begun()
        })
    })
    const beginning = (): Promise<void> => new Promise((resolve) => (begun = resolve))
    const end = new AbortController()
    let first = beginning()
    const call = client.call('retrieve', { cid: CID, type: 'block' }, { signal: end.signal })
    await first
    end.abort(new KitError('ABORTED', 'interrupted'))
    await t.rejects(call, { code: 'ABORTED' })
    t.same(ended, ['interrupted'])
    first = beginning()
    const other = client.call('retrieve', { cid: CID, type: 'block' })
    await first
    first = beginning()
    client.close()
    await t.rejects(other, { code: 'CLOSED' })
    await first
    t.equal(ended.length, 2, 'nobody waits for it')
  }
)

t.test('threats 64: a call whose owner ends is CLOSED; nobody there is undefined', async (t) => {
  const path = join(tempFolder(t, 'protocol'), 'socket')
  t.equal(await OwnerClient.connect(path), undefined)
  const server = await serveProtocol(path, owner({ collect: () => new Promise(() => undefined) }))
  const client = (await OwnerClient.connect(path))!
  const call = client.call('collect', {})
  server.close()
  client.close()
  await t.rejects(call, { code: 'CLOSED' })
})

t.test('threats 62: an owner of another version is told apart, with what to do', async (t) => {
  const newer = await connected(t, {
    hello: async () => ({ version: PROTOCOL_VERSION + 1, program: '9.9', pid: 77 })
  })
  await t.rejects(newer.call('collect', {}), { code: 'UNSUPPORTED', message: /newer.*9\.9.*77.*unmount/ }) // prettier-ignore
  // One of before there were greetings answers that it knows no such method.
  const path = join(tempFolder(t, 'protocol'), 'socket')
  const server = createServer((socket) => {
    socket.on('data', () => {
      const error = { code: 'UNSUPPORTED', message: 'no method "hello"' }
      socket.write(`${JSON.stringify({ id: 1, error })}\n`)
    })
  }).listen(path)
  await once(server, 'listening')
  t.teardown(() => server.close())
  const older = (await OwnerClient.connect(path))!
  t.teardown(() => older.close())
  await t.rejects(older.call('collect', {}), { code: 'UNSUPPORTED', message: /older.*unmount/ })
})

t.test('threats 61: a call is cancelled while the owner does not even greet', async (t) => {
  const client = await connected(t, { hello: () => new Promise(() => undefined) })
  const end = new AbortController()
  const call = client.call('report', {}, { signal: end.signal })
  end.abort(new KitError('ABORTED', 'enough'))
  await t.rejects(call, { code: 'ABORTED' })
})

t.test('threats 62: without a greeting the owner takes only calls of all versions', async (t) => {
  const path = join(tempFolder(t, 'protocol'), 'socket')
  const server = await serveProtocol(
    path,
    owner({ status: async () => [], stay: async () => ({ differences: [] }) })
  )
  t.teardown(() => server.close())
  const client = (await OwnerClient.connect(path))!
  t.teardown(() => client.close())
  t.same(await client.call('status', {}, { anyVersion: true }), [])
  const stay = client.call('stay', {} as never, { anyVersion: true })
  await t.rejects(stay, { code: 'UNSUPPORTED', message: /newer ipfs-kit/ })
})

t.test('threats 63: what is no frame, or too long a line, ends the connection', async (t) => {
  const path = join(tempFolder(t, 'protocol'), 'socket')
  const server = await serveProtocol(path, owner({}))
  t.teardown(() => server.close())
  for (const bytes of ['nonsense\n', '{"id":"x"}\n', Buffer.alloc(17 << 20, 'x')]) {
    const { connect } = await import('node:net')
    const socket = connect(path)
    socket.on('error', () => undefined)
    socket.write(bytes)
    await new Promise((resolve) => socket.once('close', resolve))
  }
  t.pass('each of them')
})
