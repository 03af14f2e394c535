/** Calls over a socket: long answers, progress, errors, cancelling, an end in the middle, another version. */
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
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

t.test('progress that counts by itself all arrives, however slowly it is read', async (t) => {
  const client = await connected(t, {
    runOperations: async (_, { progress }) => {
      for (let i = 0; i < 5000; i++) progress(`operation-${i}`)
      return null
    },
    check: async (_, { progress }) => {
      for (let i = 0; i < 5000; i++) progress(1)
      return REPORT
    }
  })
  const cancelled: string[] = []
  const runner = { runner: randomUUID() }
  await client.call('runOperations', runner, { progress: (id) => cancelled.push(id) })
  t.equal(new Set(cancelled).size, 5000)
  let bytes = 0
  await client.call('check', OPTIONS, { progress: (count) => (bytes += count) })
  t.equal(bytes, 5000)
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
    const socket = connect(path)
    socket.on('error', () => undefined)
    socket.write(bytes)
    await new Promise((resolve) => socket.once('close', resolve))
  }
  t.pass('each of them')
})

t.test('threats 63: no character of a name ends a frame', async (t) => {
  const name = 'a\u2028b\u2029c\nd\u0085🐟'
  const client = await connected(t, { resolveName: async ({ name }) => name })
  t.equal(await client.call('resolveName', { name }), name)
  // A program of before that, on a late Node, takes the separators for the ends of lines.
  const path = join(tempFolder(t, 'protocol'), 'socket')
  const server = await serveProtocol(path, owner({ resolveName: async ({ name }) => name }))
  t.teardown(() => server.close())
  const socket = connect(path)
  const call = { id: 2, method: 'resolveName', params: { name } }
  for (const frame of [{ id: 1, method: 'hello', params: { version: PROTOCOL_VERSION } }, call])
    socket.write(`${JSON.stringify(frame)}\n`)
  let text = ''
  for await (const piece of socket.setEncoding('utf8')) {
    text += piece as string
    if (text.split('\n').length > 2) break
  }
  t.notMatch(text, /[\u2028\u2029]/)
  t.same(JSON.parse(text.split('\n')[1]!), { id: 2, result: name })
})

t.test('threats 61: what a suspended caller does not read does not fill the owner', async (t) => {
  const path = join(tempFolder(t, 'protocol'), 'socket')
  const missing = Array.from({ length: 200_000 }, (_, i) => `a line that is number ${i} of many`)
  const news = 100_000
  const sockets: Socket[] = []
  let told = (): void => undefined
  const done = new Promise<void>((resolve) => (told = resolve))
  const server = await serveProtocol(
    path,
    owner({
      check: async (_, { progress }) => {
        for (let i = 0; i < news; i++) progress(i)
        // Its answer is begun in the same turn that follows.
        setImmediate(told)
        return { ...REPORT, missing }
      }
    })
  )
  server.on('connection', (socket) => sockets.push(socket))
  t.teardown(() => server.close())
  const client = connect(path)
  const hello = { id: 1, method: 'hello', params: { version: PROTOCOL_VERSION } }
  client.write(`${JSON.stringify(hello)}\n`)
  await once(client, 'data')
  client.pause()
  client.write(`${JSON.stringify({ id: 2, method: 'check', params: OPTIONS })}\n`)
  await done
  t.ok(sockets[0]!.writableLength < 3 << 20, `${sockets[0]!.writableLength} bytes wait`)
  // As it goes on reading it gets the whole answer.
  let text = ''
  client.setEncoding('utf8').resume()
  for await (const piece of client) {
    text += piece as string
    if (text.endsWith('{"id":2,"parts":true}\n')) break
  }
  const frames = text.trim().split('\n').map((line) => JSON.parse(line) as { part?: string }) // prettier-ignore
  const report = JSON.parse(frames.map(({ part = '' }) => part).join('')) as typeof REPORT
  t.same(report.missing, missing)
  t.ok(frames.length < news / 10, 'progress that nobody reads is left out')
})
