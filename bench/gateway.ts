/** Content over HTTP: small files by requests a second, a large one by its speed; Kubo's gateway and nginx in the same run. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { lacks } from '../test/servers/program.js'
import { makeFile } from './data.js'
import { checkpoint } from './interrupt.js'
import { bareKit } from './measure.js'
import { findKubo, KuboRepo } from './peers/kubo.js'
import { freePort, listens } from './ports.js'
import type { Row, Target } from './report.js'
import type { Scale } from './scale.js'

const SMALL_BYTES = 4096
/** Each is asked for in its turn: one alone would be in every cache. */
const SMALL_FILES = 500
const CONNECTIONS = 16
const SECONDS = 3

const SMALL = `gateway, files of ${SMALL_BYTES / 1024} KiB over ${CONNECTIONS} connections`
const large = ({ fileMiB }: Scale): string => `gateway, download of ${fileMiB} MiB`

export const gatewayTargets = (scale: Scale): Target[] => [
  { what: SMALL, ours: 'ours', against: 'Kubo', factor: 2 },
  { what: large(scale), ours: 'ours', against: 'Kubo', factor: 1.5 },
  { what: large(scale), ours: 'ours', against: 'nginx', factor: 0.7 }
]

/** A server of both files. */
interface Peer {
  readonly port: number
  readonly small: readonly string[]
  readonly large: string
  close(): Promise<void>
}

export async function readOverHttp(scratch: string, scale: Scale): Promise<Row[]> {
  const file = makeFile(scratch, 'large.bin', scale.fileMiB)
  const small = join(scratch, 'small')
  mkdirSync(small)
  for (let i = 0; i < SMALL_FILES; i++)
    writeFileSync(join(small, `${i}`), `${i}`.padEnd(SMALL_BYTES, 'x'))
  const peers = new Map<string, Peer>()
  const rows = [SMALL, large(scale)].map((what, i): Row & { values: Map<string, number[]> } => ({
    what,
    unit: i === 0 ? 'reads/s' : 'MB/s',
    values: new Map()
  }))
  try {
    const our = await ours(join(scratch, 'home'), file, small)
    peers.set('ours', our)
    const ipfs = await findKubo(scale.fetchPeers)
    if (ipfs !== undefined)
      peers.set('Kubo', await kubo(ipfs, join(scratch, 'kubo'), file, small, our.small))
    if (lacks('nginx', '-v') === false)
      peers.set('nginx', await nginx(join(scratch, 'nginx'), file, small))
    for (let round = 0; round < scale.rounds; round++)
      for (const [name, peer] of peers) {
        await checkpoint()
        const values = [await requestsPerSecond(peer), await bytesPerSecond(peer)]
        for (const [i, value] of values.entries())
          rows[i]!.values.set(name, [...(rows[i]!.values.get(name) ?? []), value])
      }
  } finally {
    for (const peer of peers.values()) await peer.close()
  }
  return rows
}

async function ours(home: string, file: string, small: string): Promise<Peer> {
  const port = await freePort()
  await bareKit(home, 'config', 'set', 'gateway.listen', `127.0.0.1:${port}`)
  await bareKit(home, 'config', 'set', 'service.listen', 'off')
  const { stdout: large } = await bareKit(home, 'add', '-Q', file)
  const { stdout: folder } = await bareKit(home, 'add', '-Q', small)
  const { stdout: listing } = await bareKit(home, 'ls', '-q', folder)
  await bareKit(home, 'daemon', 'start')
  return {
    port,
    large: `/ipfs/${large}`,
    small: listing.split('\n').map((cid) => `/ipfs/${cid}`),
    close: async () => void (await bareKit(home, 'daemon', 'stop'))
  }
}

/** @param small paths of the same files as ours: their CIDs are the same. */
async function kubo(
  ipfs: string,
  path: string,
  file: string,
  folder: string,
  small: readonly string[]
): Promise<Peer> {
  const repo = new KuboRepo(ipfs, path)
  await repo.init()
  const [port, api] = [await freePort(), await freePort()]
  await repo.configure('Addresses.API', `/ip4/127.0.0.1/tcp/${api}`)
  await repo.configure('Addresses.Gateway', `/ip4/127.0.0.1/tcp/${port}`)
  const { stdout: cid } = await repo.add(file)
  await repo.add(folder)
  const env = { ...process.env, IPFS_PATH: path }
  const child = spawn(ipfs, ['daemon', '--offline'], { env, stdio: 'ignore' })
  await listens(port)
  return { port, large: `/ipfs/${cid}`, small, close: () => ended(child) }
}

async function nginx(folder: string, file: string, small: string): Promise<Peer> {
  const port = await freePort()
  const root = join(folder, 'root')
  mkdirSync(root, { recursive: true })
  cpSync(file, join(root, 'large'))
  cpSync(small, join(root, 'small'), { recursive: true })
  const configuration = join(folder, 'nginx.conf')
  writeFileSync(configuration, `daemon off; pid ${folder}/pid; error_log ${folder}/error.log; worker_processes 1; user root;
events { worker_connections 256; }
http { access_log off; sendfile on; keepalive_requests 10000000; client_body_temp_path ${folder}/b; proxy_temp_path ${folder}/p; fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s; server { listen 127.0.0.1:${port}; root ${root}; } }
`) // prettier-ignore
  const child = spawn('nginx', ['-e', join(folder, 'error.log'), '-c', configuration], { stdio: 'ignore' }) // prettier-ignore
  await listens(port)
  return {
    port,
    large: '/large',
    small: Array.from({ length: SMALL_FILES }, (_, i) => `/small/${i}`),
    close: () => ended(child)
  }
}

async function ended(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  await gone
}

const head = (path: string, port: number): string =>
  `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\naccept: */*\r\n\r\n`

/** A client of its own that does no more than count: one of Node's would be what is measured. */
async function requestsPerSecond({ small, port }: Peer): Promise<number> {
  const heads = small.map((path) => head(path, port))
  const until = performance.now() + SECONDS * 1000
  const began = performance.now()
  const counts = await Promise.all(
    Array.from({ length: CONNECTIONS }, (_, i) => countAnswers(port, turned(heads, i), until))
  )
  const all = counts.reduce((sum, count) => sum + count, 0)
  return (all / (performance.now() - began)) * 1000
}

/** Each connection begins elsewhere, so that they do not ask for the same at a time. */
function turned(heads: readonly string[], connection: number): readonly string[] {
  const at = Math.floor((heads.length / CONNECTIONS) * connection)
  return [...heads.slice(at), ...heads.slice(0, at)]
}

async function countAnswers(
  port: number,
  requests: readonly string[],
  until: number
): Promise<number> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  let count = 0
  let size = 0
  let pending = 0
  let first = Buffer.alloc(0)
  return await new Promise<number>((resolve, reject) => {
    socket.on('error', reject)
    socket.on('data', (data) => {
      if (size === 0) {
        // The first answer says how long all of them are.
        first = Buffer.concat([first, data])
        const end = first.indexOf('\r\n\r\n')
        if (end < 0 || first.length < end + 4 + SMALL_BYTES) return
        if (!first.toString('latin1', 0, 12).endsWith('200')) return reject(new Error(first.toString('latin1', 0, end))) // prettier-ignore
        size = end + 4 + SMALL_BYTES
        pending = first.length
      } else pending += data.length
      if (pending < size) return
      pending -= size
      count++
      if (performance.now() < until) return void socket.write(requests[count % requests.length]!)
      socket.destroy()
      resolve(count)
    })
    socket.write(requests[0]!)
  })
}

async function bytesPerSecond({ large, port }: Peer): Promise<number> {
  const { stdout } = await outputOf('curl', ['-sf', '-o', '/dev/null', '-w', '%{speed_download}', `http://127.0.0.1:${port}${large}`]) // prettier-ignore
  return Number(stdout) / 1e6
}

async function outputOf(program: string, args: readonly string[]): Promise<{ stdout: string }> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let stdout = ''
  child.stdout.on('data', (data: Buffer) => (stdout += data.toString()))
  const [code] = (await once(child, 'close')) as [number]
  if (code !== 0) throw new Error(`${program} ended with ${code}`)
  return { stdout }
}
