/** Adding by Kubo's RPC: an engine and a daemon of Kubo, each on a socket, and the same client. */
import { spawn } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { makeFile, MIB } from './data.js'
import { bareKit, settle, shell } from './measure.js'
import { findKubo } from './peers/kubo.js'
import type { Row, Target } from './report.js'
import type { Scale } from './scale.js'

const FILE_MIB = 512
const WHAT = `/api/v0/add of ${FILE_MIB} MiB`
const KUBO = 'kubo'

/** A server that listens at a socket. */
interface Server {
  readonly socket: string
  readonly stop: () => Promise<void>
}

async function startOurs(scratch: string): Promise<Server> {
  const home = join(scratch, 'home')
  await bareKit(home, 'daemon', 'start')
  return {
    socket: join(home, 'run', 'socket'),
    stop: async () => {
      await bareKit(home, 'daemon', 'stop')
      rmSync(home, { recursive: true, force: true })
    }
  }
}

async function startKubo(scratch: string, ipfs: string): Promise<Server> {
  const repo = join(scratch, 'kubo')
  const socket = join(scratch, 'kubo.sock')
  const run = (line: string): ReturnType<typeof shell> => shell(`IPFS_PATH=${repo} ${ipfs} ${line}`)
  await run('init --profile=test,server')
  await run(`config Addresses.API /unix${socket}`)
  for (const key of ['Provide.Enabled', 'AutoTLS.Enabled', 'AutoConf.Enabled'])
    await run(`config --json ${key} false`)
  const env = { ...process.env, IPFS_PATH: repo }
  const daemon = spawn(ipfs, ['daemon', '--offline'], { env, stdio: 'ignore' })
  const ended = new Promise((resolve) => daemon.once('exit', resolve))
  while (!existsSync(socket)) await delay(20)
  return {
    socket,
    stop: async () => {
      daemon.kill('SIGTERM')
      await ended
      for (const path of [repo, socket]) rmSync(path, { recursive: true, force: true })
    }
  }
}

const url = 'http://localhost/api/v0/add'

/** @returns MB/s. */
async function add(start: () => Promise<Server>, file: string): Promise<number> {
  const { socket, stop } = await start()
  try {
    const { seconds } = await shell(`curl -sSf --unix-socket ${socket} -F file=@${file} ${url}`)
    return (FILE_MIB * MIB) / 1e6 / seconds
  } finally {
    await stop()
  }
}

export async function addByRpc(scratch: string, scale: Scale): Promise<Row[]> {
  const file = makeFile(scratch, 'upload', FILE_MIB)
  const ipfs = await findKubo(scale.fetchPeers)
  const values = new Map<string, number[]>([['ours', []], ...(ipfs === undefined ? [] : [[KUBO, []] as [string, number[]]])]) // prettier-ignore
  for (let round = 0; round < scale.rounds; round++)
    for (const [name, all] of values) {
      settle(scratch, scale.warmMiB)
      all.push(await add(() => (name === KUBO ? startKubo(scratch, ipfs!) : startOurs(scratch)), file)) // prettier-ignore
    }
  return [{ what: WHAT, unit: 'MB/s', values }]
}

export const rpcTargets: readonly Target[] = [
  { what: WHAT, ours: 'ours', against: KUBO, factor: 1 }
]
