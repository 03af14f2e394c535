/** A real S3 and a real SFTP server for measurements, and how ours and rclone reach them. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { OpenSsh, skipWithoutOpenSsh } from '../test/servers/openssh.js'
import { lacks } from '../test/servers/program.js'
import { Rgw, skipWithoutRgw } from '../test/servers/rgw.js'
import { bareKit } from './measure.js'
import type { Scale } from './scale.js'

export type Where = 's3' | 'ssh'
export const WHERES: readonly Where[] = ['s3', 'ssh']
export const SHOWN: Readonly<Record<Where, string>> = { s3: 'S3', ssh: 'SFTP' }

/** Why these rows are left out. */
export const noServers = ({ copies }: Scale): string | undefined => {
  if (copies === 0) return 'the smoke has it not'
  for (const reason of [skipWithoutRgw.skip, skipWithoutOpenSsh.skip, lacks('rclone', 'version')])
    if (typeof reason === 'string') return reason
  return undefined
}

/** Ends what was started for a suite, as a test does. */
class Endings {
  readonly #works: (() => unknown)[] = []

  readonly teardown = (work: () => unknown): void => void this.#works.push(work)

  async run(): Promise<void> {
    for (const work of this.#works.reverse()) await work()
  }
}

export class CopyServers {
  readonly ssh: OpenSsh
  readonly bucket: string
  /** The configuration of rclone, with the remotes `s3` and `ssh`. */
  readonly rclone: string
  /** The folder of the SFTP server. */
  readonly folder: string
  readonly #rgw: Rgw
  readonly #secret: string

  private constructor(scratch: string, rgw: Rgw, ssh: OpenSsh, bucket: string) {
    this.ssh = ssh
    this.bucket = bucket
    this.#rgw = rgw
    this.rclone = join(scratch, 'rclone.conf')
    this.folder = join(scratch, 'remote')
    this.#secret = join(scratch, 'secret')
    mkdirSync(this.folder)
    writeFileSync(this.#secret, rgw.key.secret, { mode: 0o600 })
    writeFileSync(this.rclone, `[s3]\ntype = s3\nprovider = Ceph\nendpoint = ${rgw.endpoint}\naccess_key_id = ${rgw.key.accessKeyId}\nsecret_access_key = ${rgw.key.secret}\n[ssh]\ntype = sftp\nhost = ${ssh.host}\nport = ${ssh.port}\nuser = ${ssh.user}\nkey_file = ${ssh.identityFile}\nknown_hosts_file = ${ssh.knownHosts}\n`) // prettier-ignore
  }

  /** Runs a measurement with both servers. */
  static async use<T>(scratch: string, measure: (servers: CopyServers) => Promise<T>): Promise<T> {
    const endings = new Endings()
    try {
      const rgw = await Rgw.start(endings, join(scratch, 'servers'))
      const ssh = await OpenSsh.start(endings, join(scratch, 'ssh'))
      return await measure(new CopyServers(scratch, rgw, ssh, await rgw.bucket()))
    } finally {
      await endings.run()
    }
  }

  /** Adds the backend `s3` or `ssh` to a home. */
  async addTo(home: string, where: Where): Promise<void> {
    const { ssh } = this
    const options =
      where === 'ssh'
        ? ['--type', 'sftp', '--host', ssh.host, '--port', String(ssh.port), '--user', ssh.user, '--identity-file', ssh.identityFile, '--host-key', ssh.fingerprint(), '--path', this.folder] // prettier-ignore
        : ['--type', 's3', '--bucket', this.bucket, '--endpoint', this.#rgw.endpoint, '--access-key-id', this.#rgw.key.accessKeyId, '--secret-file', this.#secret] // prettier-ignore
    await bareKit(home, 'backend', 'add', where, ...options)
  }

  /** What rclone calls a file on a server. */
  remote(where: Where, name: string): string {
    return where === 's3' ? `s3:${this.bucket}/${name}` : `ssh:${join(this.folder, name)}`
  }
}

/** A line that runs rclone, which takes no certificates of the environment. */
export const rcloneLine = ({ rclone }: CopyServers, words: string): string => `env -u AWS_CA_BUNDLE rclone --config ${rclone} ${words}` // prettier-ignore
