/** What the ports of an engine cost: memory while nobody asks, and the readers of its mount while many do. */
import { readFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { bareKit, shell } from './measure.js'
import { freePort } from './ports.js'
import type { Row, Target } from './report.js'
import type { Scale } from './scale.js'

const REST = 'service and gateway, resident beside an engine without them'
const MOUNT = 'mount, files of 4 KiB that are new to it'
const MAX_MIB = 25
const CLIENTS = 16
/** How long an engine may take to settle. */
const SETTLE_MS = 3000

export const serviceTargets: readonly Target[] = [
  { what: REST, ours: 'idle', against: MAX_MIB, factor: 1 },
  { what: MOUNT, ours: 'beside clients', against: 'alone', factor: 0.7 }
]

interface Ports {
  readonly service: number
  readonly gateway: number
}

async function homeWithPorts(home: string): Promise<Ports> {
  const ports = { service: await freePort(), gateway: await freePort() }
  await bareKit(home, 'config', 'set', 'service.listen', `127.0.0.1:${ports.service}`)
  await bareKit(home, 'config', 'set', 'gateway.listen', `127.0.0.1:${ports.gateway}`)
  return ports
}

interface Asked {
  readonly port: number
  readonly path: string
  readonly authorization: string
}

/** One request to each face that loads parts of its own, and to the gateway. */
const asks = (home: string, { service, gateway }: Ports, path: string): Asked[] => {
  const authorization = `Bearer ${readFileSync(join(home, 'run', 'token'), 'utf8').trim()}`
  return [
    { port: gateway, path, authorization },
    { port: service, path: '/api/v1/status', authorization }
  ]
}

async function ask({ port, path, authorization }: Asked, agent?: Agent): Promise<void> {
  const headers = { authorization }
  const call = request({ host: '127.0.0.1', port, path, headers, agent: agent ?? false }).end()
  const [answer] = (await once(call, 'response')) as [NodeJS.ReadableStream & { statusCode: number }] // prettier-ignore
  if (answer.statusCode !== 200) throw new Error(`${path} is answered with ${answer.statusCode}`)
  answer.resume()
  await once(answer, 'end')
}

/** Resident MiB that the ports add, before and after they are asked. */
export async function restOfPorts(scratch: string, scale: Scale): Promise<Row[]> {
  const values = new Map<string, number[]>([['idle', []], ['after requests', []]]) // prettier-ignore
  for (let round = 0; round < scale.rounds; round++) {
    const without = join(scratch, `without-${round}`)
    for (const key of ['service.listen', 'gateway.listen'])
      await bareKit(without, 'config', 'set', key, 'off')
    const least = (await residentOf(without))[0]!
    const home = join(scratch, `home-${round}`)
    const ports = await homeWithPorts(home)
    const [idle, asked] = await residentOf(home, () => asks(home, ports, '/ipfs/bafkqaaa'))
    values.get('idle')!.push(Math.max(0.1, idle! - least))
    values.get('after requests')!.push(Math.max(0.1, asked! - least))
  }
  return [{ what: REST, unit: 'MiB', values }]
}

async function residentOf(home: string, requests: () => Asked[] = () => []): Promise<number[]> {
  const { stdout } = await bareKit(home, 'daemon', 'start', '--json')
  const { pid } = JSON.parse(stdout) as { pid: number }
  const resident = async (): Promise<number> => {
    await delay(SETTLE_MS)
    const [, kib] = /VmRSS:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return Number(kib) / 1024
  }
  try {
    const idle = await resident()
    for (const one of requests()) await ask(one)
    return [idle, await resident()]
  } finally {
    await bareKit(home, 'daemon', 'stop')
  }
}

/** Reads folders that were not read before, alone and while clients ask the ports as fast as they can. */
export async function readBesideClients(scratch: string, scale: Scale): Promise<Row[]> {
  const files = Math.min(scale.files, 5000)
  const tree = join(scratch, 'tree')
  for (let folder = 0; folder <= 2 * scale.rounds; folder++) {
    mkdirSync(join(tree, `${folder}`), { recursive: true })
    for (let i = 0; i < files; i++)
      writeFileSync(join(tree, `${folder}`, `${i}`), `${folder}-${i}`.padEnd(4096, 'x'))
  }
  const home = join(scratch, 'home')
  const ports = await homeWithPorts(home)
  const { stdout: cid } = await bareKit(home, 'add', '-Q', tree)
  const point = join(scratch, 'mountpoint')
  await bareKit(home, 'mount', point)
  const read = async (folder: number): Promise<number> => {
    const { seconds } = await shell(`cat ${point}/ipfs/${cid}/${folder}/* | wc -c`)
    return files / seconds
  }
  const values = new Map<string, number[]>([['alone', []], ['beside clients', []]]) // prettier-ignore
  try {
    await read(2 * scale.rounds)
    for (let round = 0; round < scale.rounds; round++) {
      values.get('alone')!.push(await read(2 * round))
      const end = hammer(asks(home, ports, `/ipfs/${cid}/0/0`))
      values.get('beside clients')!.push(await read(2 * round + 1))
      await end()
    }
  } finally {
    await bareKit(home, 'unmount', '--force', point)
  }
  return [{ what: MOUNT, unit: 'files/s', values }]
}

/** Asks again and again over many connections, until what it returns is called. */
function hammer(requests: readonly Asked[]): () => Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS })
  const over = new AbortController()
  const client = async (i: number): Promise<void> => {
    while (!over.signal.aborted) await ask(requests[i % requests.length]!, agent)
  }
  const clients = Promise.all(Array.from({ length: CLIENTS }, (_, i) => client(i)))
  return async () => {
    over.abort()
    await clients
    agent.destroy()
  }
}
