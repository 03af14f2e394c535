/** Pins on a real S3 and a real SFTP server, read for the first time, beside rclone's mount of the same. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, mkdirSync, openSync, readSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { CopyServers, rcloneLine, SHOWN, WHERES, type Where } from './copy-servers.js'
import { makeFile, MIB } from './data.js'
import { Figures } from './figures.js'
import { checkpoint } from './interrupt.js'
import { bareKit, shell } from './measure.js'
import { readWhole, secondsOf } from './reading.js'
import type { Row, Target } from './report.js'
import type { Scale } from './scale.js'

const RANDOM_READS = 300
const READ_BYTES = 4096
const MOUNT_MS = 10_000

const sequential = (where: Where): string => `a pin on ${SHOWN[where]}, read from end to end`
const random = (where: Where): string => `a pin on ${SHOWN[where]}, random 4 KiB`

export const readCopies = (scratch: string, scale: Scale): Promise<Row[]> =>
  CopyServers.use(scratch, (servers) => measure(scratch, scale, servers))

async function measure(scratch: string, scale: Scale, servers: CopyServers): Promise<Row[]> {
  const home = join(scratch, 'home')
  const mib = scale.fileMiB
  const file = makeFile(scratch, 'file', mib)
  const { stdout: cid } = await bareKit(home, 'add', '-Q', file)
  for (const where of WHERES) {
    await servers.addTo(home, where)
    await bareKit(home, 'pin', 'add', cid, '--backend', where)
    await shell(rcloneLine(servers, `copyto ${file} ${servers.remote(where, 'plain/file')}`))
  }
  rmSync(home, { recursive: true })
  const figures = new Figures()
  const ways = { ours: throughOurs, 'rclone mount': throughRclone }
  for (let round = 0; round < scale.rounds; round++)
    for (const where of WHERES)
      for (const [name, through] of Object.entries(ways)) {
        await checkpoint()
        const place = { servers, where, scratch, cid }
        const seconds = await through(place, (path) => secondsOf(() => readWhole(path)))
        figures.add(sequential(where), 'MB/s', name, (mib * MIB) / 1e6 / seconds)
        const slow = await through(place, (path) => secondsOf(() => readAtRandom(path, mib)))
        figures.add(random(where), 'reads/s', name, RANDOM_READS / slow)
      }
  return figures.rows()
}

interface Place {
  readonly servers: CopyServers
  readonly where: Where
  readonly scratch: string
  readonly cid: string
}

/** Reads through a mount of a home that has nothing yet. */
async function throughOurs(
  { servers, where, scratch, cid }: Place,
  read: (path: string) => number
): Promise<number> {
  const home = join(scratch, 'cold')
  const point = join(scratch, 'mnt')
  await servers.addTo(home, where)
  await bareKit(home, 'mount', point)
  try {
    return read(join(point, 'ipfs', cid))
  } finally {
    await bareKit(home, 'unmount', '--force', point)
    rmSync(home, { recursive: true })
  }
}

async function throughRclone(
  { servers, where, scratch }: Place,
  read: (path: string) => number
): Promise<number> {
  const point = join(scratch, 'rclone')
  mkdirSync(point, { recursive: true })
  const words = `mount --read-only ${servers.remote(where, 'plain')} ${point}`
  const mount = spawn('sh', ['-c', `exec ${rcloneLine(servers, words)}`], { stdio: 'ignore' })
  const ended = once(mount, 'exit')
  try {
    const file = join(point, 'file')
    for (const late = Date.now() + MOUNT_MS; !existsSync(file); await delay(20))
      if (Date.now() > late) throw new Error('rclone does not mount')
    return read(file)
  } finally {
    await shell(`umount ${point} || umount -l ${point}`)
    await ended
  }
}

/** Reads here and there, at the same places each time. */
function readAtRandom(path: string, mib: number): void {
  const buffer = Buffer.allocUnsafe(READ_BYTES)
  const pages = (mib * MIB) / READ_BYTES
  const fd = openSync(path, 'r')
  let state = 1
  for (let i = 0; i < RANDOM_READS; i++) {
    // The generator of Park and Miller.
    state = (state * 48_271) % 0x7fffffff
    readSync(fd, buffer, 0, READ_BYTES, (state % pages) * READ_BYTES)
  }
  closeSync(fd)
}

/** What is asked of the figures, in one run on a quiet machine. */
export const coldTargets: readonly Target[] = WHERES.flatMap((where) => [
  { what: sequential(where), ours: 'ours', against: 'rclone mount', factor: 0.7 },
  { what: random(where), ours: 'ours', against: 'rclone mount', factor: 3 }
])
