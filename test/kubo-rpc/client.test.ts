/** kubo-rpc-client on an engine and on a real Kubo: the same calls, the same answers. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { request } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { create, CID, type KuboRPCClient } from 'kubo-rpc-client'
import t, { type Test } from 'tap'
import { Kubo, skipWithoutKubo } from '../servers/kubo.js'
import { tempFolder } from '../support/temp.js'
import type { Kit } from '../support/cli.js'
import { socketOf, startEngine } from './rpc.js'

t.setTimeout(200_000)

/** The client knows no sockets of Unix, so that a port leads to that of the engine. */
async function portTo(t: Test, kit: Kit): Promise<string> {
  const pass = (from: IncomingMessage, to: ServerResponse): void => {
    const { method, url, headers } = from
    const call = request({ socketPath: socketOf(kit), method: method!, path: url!, headers })
    call.on('response', (answer) => {
      to.writeHead(answer.statusCode!, answer.headers)
      answer.on('error', () => to.destroy()).pipe(to)
    })
    call.on('error', () => to.destroy())
    from.pipe(call)
  }
  const server = createServer(pass).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function all<T>(values: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const value of values) found.push(value)
  return found
}

const bytes = async (pieces: AsyncIterable<Uint8Array>): Promise<string> =>
  (await buffer(pieces as AsyncIterable<Buffer>)).toString('latin1')

/** Makes CIDs, dates and big numbers plain. */
const plain = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value ?? null, (_, inner: unknown) => {
      const cid = CID.asCID(inner)
      if (cid !== null) return String(cid)
      return typeof inner === 'bigint' ? String(inner) : inner
    })
  )

const TREE = 'QmNxcFW6gSyJxFrXpcHp3WoZ5mPBeR93kc8RpSfzwLgS9g'

type Call = (client: KuboRPCClient, tree: CID) => Promise<unknown>

const CALLS: Readonly<Record<string, Call>> = {
  'add bytes': (client) => client.add('hello\n', { cidVersion: 1, rawLeaves: true }),
  'add with mode and time': (client) =>
    all(client.addAll([{ path: 'x/y.txt', content: 'q', mode: 0o644, mtime: { secs: 1n, nsecs: 2 } }], { wrapWithDirectory: true, pin: false })), // prettier-ignore
  'add several': (client) => all(client.addAll([{ content: 'a' }, { path: 'b', content: 'b' }])),
  cat: (client, tree) => bytes(client.cat(`/ipfs/${tree}/a.txt`)),
  'cat a range': (client, tree) => bytes(client.cat(`/ipfs/${tree}/a.txt`, { offset: 1, length: 2 })), // prettier-ignore
  'cat what is not there': (client, tree) => bytes(client.cat(`/ipfs/${tree}/nope`)),
  ls: (client, tree) => all(client.ls(tree)),
  'pin add': (client, tree) => client.pin.add(tree, { name: 'n' }),
  'pin ls': (client, tree) => all(client.pin.ls({ type: 'recursive', names: true, paths: [tree] })),
  'pin rm': (client, tree) => client.pin.rm(tree),
  'pin rm again': (client, tree) => client.pin.rm(tree),
  'pin all': (client, tree) => all(client.pin.addAll([tree])),
  'dag put': (client) => client.dag.put({ a: 1, b: [true, null] }),
  'dag get': async (client, tree) => (await client.dag.get(tree)).value,
  'dag get of a path': async (client) =>
    (await client.dag.get(await client.dag.put({ x: { y: 'z' } }), { path: '/x/y' })).value,
  'dag resolve': (client, tree) => client.dag.resolve(`/ipfs/${tree}/a.txt`),
  'dag export': (client, tree) => bytes(client.dag.export(tree)),
  'dag import': (client, tree) => all(client.dag.import(client.dag.export(tree))),
  'block put': (client) => client.block.put(Buffer.from('blk'), { format: 'raw', mhtype: 'sha2-256' }), // prettier-ignore
  'block get': async (client, tree) => Buffer.from(await client.block.get(tree)).toString('hex'),
  'block stat': (client, tree) => client.block.stat(tree),
  refs: (client, tree) => all(client.refs(String(tree), { recursive: true })),
  'files stat': (client, tree) => client.files.stat(`/ipfs/${tree}/a.txt`),
  resolve: (client, tree) => client.resolve(`/ipfs/${tree}/a.txt`),
  'repo version': (client) => client.repo.version()
}

async function told(call: Call, client: KuboRPCClient, tree: CID): Promise<unknown> {
  try {
    return plain(await call(client, tree))
  } catch (error) {
    return { error: (error as Error).message }
  }
}

t.test('kubo-rpc-client', skipWithoutKubo, async (t) => {
  const folder = tempFolder(t, 'kubo-client')
  const [kit, kubo] = await Promise.all([startEngine(t, folder), Kubo.start(t, folder)])
  const ours = create({ url: await portTo(t, kit) })
  const theirs = create({ url: kubo.apiUrl })
  const files = [
    { path: 'd/a.txt', content: 'hello\n' },
    { path: 'd/e/b.bin', content: Buffer.alloc(600_000, 'x') }
  ]
  const roots = await Promise.all([ours, theirs].map(async (client) => (await all(client.addAll(files))).at(-1)!.cid)) // prettier-ignore
  const [tree, other] = roots
  t.equal(String(tree), String(other))
  t.not(String(tree), TREE)
  for (const [name, call] of Object.entries(CALLS))
    t.same(await told(call, ours, tree!), await told(call, theirs, other!), name)

  t.test('what cannot agree', async (t) => {
    t.match(await ours.version(), { version: '0.43.0-ipfs-kit', repo: '18' })
    t.match(String((await ours.id()).id), /^12D3KooW/)
    t.equal((await ours.key.list())[0]?.name, 'self')
    t.ok((await ours.repo.stat()).numObjects > 0n)
    t.ok((await all(ours.refs.local())).length > 3)
    t.same(await all(ours.files.ls('/')), [])
    await t.rejects(ours.files.mkdir('/x'), /not written/)
    await t.rejects(ours.swarm.peers(), /connects to no peers/)
  })
})
