/** The gateway of one home on its port: for a client, for a browser's hosts, and for another home that reads from it. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { request, type IncomingMessage } from 'node:http'
import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import t from 'tap'
import { Kit } from '../support/cli.js'
import { tempFolder } from '../support/temp.js'

t.setTimeout(180_000)

t.test('a home reads from the gateway of another', async (t) => {
  const folder = tempFolder(t, 'gateways')
  const from = new Kit(join(folder, 'from'), {
    env: { IPFS_KIT_GATEWAY_LISTEN: '127.0.0.1:0', IPFS_KIT_SERVICE_LISTEN: 'off' }
  })
  t.teardown(() => from.run(['daemon', 'stop']))
  const tree = join(folder, 'tree')
  mkdirSync(join(tree, 'sub'), { recursive: true })
  const bytes = Buffer.from(Array.from({ length: 20_000_000 }, (_, i) => (i * 7919) >> 5))
  writeFileSync(join(tree, 'sub', 'large.bin'), bytes)
  writeFileSync(join(tree, 'small.txt'), 'small')
  const cid = await from.add(tree)
  await from.ok('daemon', 'start')
  const { ports } = await from.json<{ ports: { name: string; url: string }[] }>('status')
  const { url } = ports.find(({ name }) => name === 'gateway')!
  const { port } = new URL(url)

  const ask = async (path: string, headers: Record<string, string> = {}) => {
    const call = request({ host: '127.0.0.1', port, path, headers })
    call.end()
    const [reply] = (await once(call, 'response')) as [IncomingMessage]
    return { status: reply.statusCode, headers: reply.headers, body: await buffer(reply) }
  }

  t.test('to a client', async (t) => {
    const whole = await ask(`/ipfs/${cid}/sub/large.bin`)
    t.equal(whole.status, 200)
    t.ok(whole.body.equals(bytes))
    const part = await ask(`/ipfs/${cid}/sub/large.bin`, { range: 'bytes=1048570-1048590' })
    t.equal(part.status, 206)
    t.ok(part.body.equals(bytes.subarray(1048570, 1048591)))
    t.equal((await ask(`/ipfs/${cid}/small.txt`)).body.toString(), 'small')
    const moved = await ask(`/ipfs/${cid}/`, { host: `localhost:${port}` })
    t.equal(moved.headers.location, `http://${cid}.ipfs.localhost:${port}/`)
    const page = await ask('/', { host: `${cid}.ipfs.localhost:${port}` })
    t.match(page.body.toString(), 'small.txt</a>')
    t.equal((await ask(`/ipfs/${cid}/`, { host: 'evil.example.org' })).status, 403)
    const missing = await ask('/ipfs/bafkreiaphh3yk6ud6hlb6elh4eumdonvzd6pcjelfolfogv2ukihak4ffa')
    t.equal(missing.status, 404)
  })

  t.test('clients that go away in the middle leave nothing open', async (t) => {
    for (let i = 0; i < 20; i++) {
      const socket = connect(Number(port), '127.0.0.1')
      socket.write(`GET /ipfs/${cid}/sub/large.bin HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n\r\n`)
      await once(socket, 'data')
      socket.destroy()
    }
    t.ok((await ask(`/ipfs/${cid}/sub/large.bin`)).body.equals(bytes))
  })

  t.test('to another home', async (t) => {
    const to = new Kit(join(folder, 'to'))
    await to.ok('backend', 'add', 'other', '--type', 'gateway', '--url', url)
    t.ok((await to.bytes('cat', `${cid}/sub/large.bin`)).equals(bytes))
    t.equal(await to.ok('cat', `${cid}/small.txt`), 'small')
    t.match(await to.ok('ls', cid), /small\.txt/)
  })
})
