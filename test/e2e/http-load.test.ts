/** Very many clients of one engine: those that say nothing, those that say it slowly, and those that download. */
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { request, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { Kit } from '../support/cli.js'
import { askHttp } from '../support/http.js'
import { tempFolder } from '../support/temp.js'

t.setTimeout(120_000)

const MIB = 1 << 20
/** Connections that each port keeps. */
const MOST = 512
const folder = tempFolder(t, 'load')
const kit = new Kit(join(folder, 'home'), {
  env: { IPFS_KIT_SERVICE_LISTEN: '127.0.0.1:0', IPFS_KIT_GATEWAY_LISTEN: '127.0.0.1:0' }
})
t.teardown(() => kit.run(['daemon', 'stop']))
const bytes = Buffer.alloc(4 * MIB)
for (let i = 0; i < bytes.length; i += 4) bytes.writeInt32LE(Math.imul(i, 0x9e3779b1), i)
writeFileSync(join(folder, 'whole.bin'), bytes)
const whole = await kit.add(join(folder, 'whole.bin'))
const { pid } = await kit.json<{ pid: number }>('daemon', 'start')
const { ports } = await kit.json<{ ports: { name: string; url: string }[] }>('status')
const portOf = (name: string): number =>
  Number(new URL(ports.find((one) => one.name === name)!.url).port)
const PORTS = [portOf('service'), portOf('gateway')] as const
const [service, gateway] = PORTS
const authorization = `Bearer ${readFileSync(join(kit.home, 'run', 'token'), 'utf8').trim()}`

const residentBytes = (process = pid): number =>
  Number(/VmRSS:\s*(\d+)/.exec(readFileSync(`/proc/${process}/status`, 'utf8'))![1]) * 1024

function connected(port: number): Socket {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  socket.resume()
  t.teardown(() => socket.destroy())
  return socket
}

/** Heads that never end; each port gives them ten seconds. */
const slow = PORTS.flatMap((port) => Array.from({ length: 20 }, () => connected(port)))
const slowClosed = slow.map((socket) => once(socket, 'close'))
for (const socket of slow) {
  socket.write('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ')
  const timer = setInterval(() => socket.write('x'), 500)
  socket.once('close', () => clearInterval(timer))
}

async function isAnswered(port: number): Promise<boolean> {
  const headers = { host: `127.0.0.1:${port}`, authorization }
  const path = port === service ? '/api/v1/version' : `/ipfs/${whole}`
  const method = port === service ? 'GET' : 'HEAD'
  return (await askHttp({ host: '127.0.0.1', port }, path, { method, headers })).status === 200
}

t.test('threats 132: a thousand connections that say nothing keep nobody out', async (t) => {
  for (const port of PORTS) {
    const before = residentBytes()
    const sockets = Array.from({ length: 1000 }, () => connected(port))
    let closed = 0
    await new Promise<void>((resolve) => {
      for (const socket of sockets)
        socket.once('close', () => {
          if (++closed === 1000 - MOST) resolve()
        })
    })
    t.pass('those over the bound are closed')
    for (let i = 0; i < 5; i++) t.ok(await isAnswered(port), 'others are answered')
    t.ok(residentBytes() - before < 100 * MIB, 'in bounded memory')
    for (const socket of sockets) socket.destroy()
    t.ok(await isAnswered(port))
  }
})

/** Returns whether a download is the file. */
async function isWhole(port: number, path: string): Promise<boolean> {
  const headers = { host: `127.0.0.1:${port}`, authorization }
  const call = request({ host: '127.0.0.1', port, path, headers, agent: false }).end()
  const [answer] = (await once(call, 'response')) as [IncomingMessage]
  let at = 0
  let isSame = true
  for await (const piece of answer as AsyncIterable<Buffer>) {
    isSame &&= piece.equals(bytes.subarray(at, at + piece.length))
    at += piece.length
  }
  return isSame && at === bytes.length
}

t.test(
  'threats 133: two hundred downloads at a time are all whole, in bounded memory',
  async (t) => {
    // The same bytes in blocks of their own, which is another way of sending them.
    const archive = join(folder, 'whole.car')
    await kit.ok('car', 'export', whole, '-o', archive)
    const other = new Kit(join(folder, 'other'), { env: { IPFS_KIT_SERVICE_LISTEN: 'off', IPFS_KIT_GATEWAY_LISTEN: '127.0.0.1:0' } }) // prettier-ignore
    t.teardown(() => other.run(['daemon', 'stop']))
    await other.ok('car', 'import', archive)
    const started = await other.json<{ pid: number; ports: { name: string; url: string }[] }>('daemon', 'start') // prettier-ignore
    const blocks = Number(new URL(started.ports.find(({ name }) => name === 'gateway')!.url).port)
    for (const [port, path, process] of [
      [gateway, `/ipfs/${whole}`, pid],
      [service, `/api/v1/download?path=/ipfs/${whole}`, pid],
      [blocks, `/ipfs/${whole}`, started.pid]
    ] as const) {
      const before = residentBytes(process)
      let most = before
      const timer = setInterval(() => (most = Math.max(most, residentBytes(process))), 20)
      const all = await Promise.all(Array.from({ length: 200 }, () => isWhole(port, path)))
      clearInterval(timer)
      t.equal(all.filter(Boolean).length, 200, path)
      t.ok(most - before < 250 * MIB, `took ${Math.round((most - before) / MIB)} MiB more`)
    }
  }
)

t.test('threats 132: heads that never end are cut off', async (t) => {
  await Promise.all(slowClosed)
  for (const port of PORTS) t.ok(await isAnswered(port))
})
