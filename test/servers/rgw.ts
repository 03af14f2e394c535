/** A real Ceph RGW: one monitor, one OSD on a sparse file, one gateway, all on loopback. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import type { Test } from 'tap'
import type { S3Settings } from '../../backends/s3/options.js'
import { Secrets } from '../../backends/secrets.js'
import { runProgram } from '../support/cli.js'
import { tempFolder } from '../support/temp.js'
import { freePort } from './kubo.js'

const READY_MS = 90_000
const PROGRAMS = ['radosgw', 'radosgw-admin', 'ceph', 'ceph-mon', 'ceph-osd', 'ceph-authtool']

const missing = PROGRAMS.filter(
  (program) => spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0
)

export const skipWithoutRgw = {
  skip: missing.length > 0 ? `Ceph is not here: ${missing.join(', ')}` : false
}

export interface Key {
  readonly accessKeyId: string
  readonly secret: string
}

export class Rgw {
  readonly #folder: string
  readonly #port: number
  readonly key: Key = { accessKeyId: 'TESTKEY', secret: `s${randomBytes(20).toString('hex')}` }
  readonly #running = new Map<string, ChildProcess>()

  private constructor(folder: string, port: number) {
    this.#folder = folder
    this.#port = port
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** A cluster of its own, ended with the test. It takes about 15 s. */
  static async start(t: Pick<Test, 'teardown'>, folder: string): Promise<Rgw> {
    const rgw = new Rgw(join(folder, 'rgw'), await freePort())
    t.teardown(() => rgw.#end())
    await rgw.#makeCluster(await freePort())
    await rgw.startGateway()
    await rgw.admin('user', 'create', '--uid=t', '--display-name=t', `--access-key=${rgw.key.accessKeyId}`, `--secret-key=${rgw.key.secret}`) // prettier-ignore
    return rgw
  }

  async #makeCluster(port: number): Promise<void> {
    const at = this.#folder
    for (const name of ['mon', 'osd', 'run', 'rgw']) mkdirSync(join(at, name), { recursive: true })
    const fsid = randomUUID()
    writeFileSync(join(at, 'ceph.conf'), configuration(at, fsid, port))
    const ring = join(at, 'keyring')
    const caps = (...words: string[]): string[] => words.flatMap((word) => ['--cap', ...word.split('=')]) // prettier-ignore
    await this.#run('ceph-authtool', '--create-keyring', ring, '--gen-key', '-n', 'mon.', ...caps('mon=allow *')) // prettier-ignore
    for (const [name, ...allowed] of [
      ['client.admin', 'mon=allow *', 'osd=allow *', 'mgr=allow *'],
      ['client.rgw.a', 'mon=allow rw', 'osd=allow rwx'],
      ['osd.0', 'mon=allow profile osd', 'osd=allow *']
    ] as const)
      await this.#run('ceph-authtool', ring, '--gen-key', '-n', name, ...caps(...allowed))
    const map = join(at, 'monmap')
    await this.#run('monmaptool', '--create', '--fsid', fsid, '--addv', 'a', `[v2:127.0.0.1:${port}]`, map) // prettier-ignore
    await this.#ceph('ceph-mon', '--mkfs', '-i', 'a', '--monmap', map, '--keyring', ring)
    for (const name of ['mon', 'osd']) copyFileSync(ring, join(at, name, 'keyring'))
    this.#spawn('ceph-mon', '-i', 'a')
    const uuid = randomUUID()
    await this.#ceph('ceph', 'osd', 'create', uuid)
    await this.#ceph('ceph-osd', '-i', '0', '--mkfs', '--osd-uuid', uuid)
    await this.#ceph('ceph', 'auth', 'import', '-i', ring)
    this.#spawn('ceph-osd', '-i', '0')
  }

  async #run(program: string, ...args: string[]): Promise<string> {
    const run = await runProgram('timeout', ['60', program, ...args])
    if (run.code !== 0) throw new Error(`${program} ${args.join(' ')}: ${run.stderr}`)
    return run.stdout.toString()
  }

  #ceph(program: string, ...args: string[]): Promise<string> {
    return this.#run(program, '-c', join(this.#folder, 'ceph.conf'), ...args)
  }

  /** Runs radosgw-admin. @returns what it printed. */
  admin(...args: string[]): Promise<string> {
    return this.#ceph('radosgw-admin', '-n', 'client.rgw.a', ...args)
  }

  /** Starts a server that ends with this process, however that ends. */
  #spawn(program: string, ...args: string[]): void {
    const log = openSync(join(this.#folder, 'run', `${program}.out`), 'a')
    const conf = join(this.#folder, 'ceph.conf')
    const words = ['--pdeathsig', 'KILL', program, '-c', conf, '-f', ...args]
    this.#running.set(program, spawn('setpriv', words, { stdio: ['ignore', log, log] }))
  }

  /** Starts the gateway, and waits until it answers. */
  async startGateway(): Promise<void> {
    this.#spawn('radosgw', '-n', 'client.rgw.a', `--rgw-frontends=beast endpoint=127.0.0.1:${this.#port}`) // prettier-ignore
    for (const late = Date.now() + READY_MS; ; await delay(100)) {
      const gateway = this.#running.get('radosgw')
      if (gateway?.exitCode !== null || Date.now() > late) throw new Error('RGW does not start')
      if (await this.#answers()) return
    }
  }

  #answers(): Promise<boolean> {
    return fetch(this.endpoint, { signal: AbortSignal.timeout(2000) }).then(
      () => true,
      () => false
    )
  }

  /** Sends a signal to the gateway, such as SIGSTOP and SIGCONT. */
  signal(signal: NodeJS.Signals): void {
    this.#running.get('radosgw')?.kill(signal)
  }

  /**
   * Ends the gateway as a crash does. `startGateway` starts it again, with what it had; but the next
   * bucket that is made takes half a minute, since it waits for the one that died.
   */
  async killGateway(): Promise<void> {
    await this.#kill('radosgw')
  }

  async #kill(program: string): Promise<void> {
    const child = this.#running.get(program)
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }

  async #end(): Promise<void> {
    for (const program of ['radosgw', 'ceph-osd', 'ceph-mon']) await this.#kill(program)
  }

  /** The SDK's own client, for what a test does beside the backend. */
  client({ accessKeyId, secret } = this.key): S3Client {
    return new S3Client({
      endpoint: this.endpoint,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId, secretAccessKey: secret },
      requestChecksumCalculation: 'WHEN_REQUIRED'
    })
  }

  /** Makes a bucket of a new name. */
  async bucket(key = this.key): Promise<string> {
    const name = `b${randomBytes(6).toString('hex')}`
    const client = this.client(key)
    await client.send(new CreateBucketCommand({ Bucket: name }))
    client.destroy()
    return name
  }

  /** The settings of a backend in a bucket of its own, with the key of its owner. */
  async settings(changes: Partial<S3Settings> = {}): Promise<S3Settings> {
    return {
      bucket: changes.bucket ?? (await this.bucket()),
      endpoints: [new URL(this.endpoint)],
      regions: ['us-east-1'],
      isPathStyle: true,
      prefix: '',
      accessKeyId: this.key.accessKeyId,
      storageClass: undefined,
      sse: undefined,
      sseKmsKeyId: undefined,
      keepsChecksum: false,
      ...changes
    }
  }

  secrets(secret = this.key.secret): Secrets {
    return new Secrets({ secret: { value: secret, from: 'the test' } })
  }
}

let shared: Promise<Rgw> | undefined

/** The gateway of this process: started when the first test asks, ended with the process. */
export const startRgw = (t: Pick<Test, 'teardown'>): Promise<Rgw> =>
  (shared ??= Rgw.start(t, tempFolder(t, 'rgw')))

const configuration = (at: string, fsid: string, port: number): string => `[global]
fsid = ${fsid}
mon host = [v2:127.0.0.1:${port}]
ms bind ipv6 = false
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
keyring = ${at}/keyring
run dir = ${at}/run
admin socket = ${at}/run/$name.$pid.asok
pid file = ${at}/run/$name.pid
log file = ${at}/run/$name.log
crash dir = ${at}/run
osd pool default size = 1
osd pool default min size = 1
osd crush chooseleaf type = 0
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
mon allow pool size one = true
mon data = ${at}/mon
mon data avail crit = 1
mon data avail warn = 2
osd data = ${at}/osd
osd objectstore = bluestore
bluestore block size = 4294967296
osd memory target = 939524096
rgw data = ${at}/rgw
rgw crypt require ssl = false
rgw enable usage log = false
[osd]
public addr = 127.0.0.1
cluster addr = 127.0.0.1
`
