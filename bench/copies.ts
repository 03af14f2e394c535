/** Pins that are stored on a real S3 and a real SFTP server, beside what copies the same bytes there. */
import { mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { OpenSsh, skipWithoutOpenSsh } from '../test/servers/openssh.js'
import { lacks } from '../test/servers/program.js'
import { Rgw, skipWithoutRgw } from '../test/servers/rgw.js'
import { makeFile } from './data.js'
import { bareKit, kit, shell } from './measure.js'
import type { Row, Target } from './report.js'
import type { Scale } from './scale.js'

/** Sizes above this are measured once. */
const MANY_MIB = 512
const SMALL = 'small pins to S3'
const upload = (where: string, mib: number): string => `a pin of ${mib.toLocaleString('en')} MiB to ${where}` // prettier-ignore

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

export async function storeCopies(scratch: string, scale: Scale): Promise<Row[]> {
  const endings = new Endings()
  try {
    return await measure(scratch, scale, endings)
  } finally {
    await endings.run()
  }
}

async function measure(scratch: string, scale: Scale, t: Endings): Promise<Row[]> {
  const home = join(scratch, 'home')
  const rgw = await Rgw.start(t, join(scratch, 'servers'))
  const ssh = await OpenSsh.start(t, join(scratch, 'ssh'))
  mkdirSync(join(scratch, 'remote'))
  await bareKit(home, 'backend', 'add', 'ssh', '--type', 'sftp', '--host', ssh.host, '--port', String(ssh.port), '--user', ssh.user, '--identity-file', ssh.identityFile, '--host-key', ssh.fingerprint(), '--path', join(scratch, 'remote')) // prettier-ignore
  const secret = join(scratch, 'secret')
  writeFileSync(secret, rgw.key.secret, { mode: 0o600 })
  const bucket = await rgw.bucket()
  await bareKit(home, 'backend', 'add', 's3', '--type', 's3', '--bucket', bucket, '--endpoint', rgw.endpoint, '--access-key-id', rgw.key.accessKeyId, '--secret-file', secret) // prettier-ignore
  const rclone = join(scratch, 'rclone.conf')
  writeFileSync(rclone, `[s3]\ntype = s3\nprovider = Ceph\nendpoint = ${rgw.endpoint}\naccess_key_id = ${rgw.key.accessKeyId}\nsecret_access_key = ${rgw.key.secret}\n`) // prettier-ignore
  const ours: Record<'s3' | 'ssh', number[]> = { s3: [], ssh: [] }
  const theirs: Record<'s3' | 'ssh', number[]> = { s3: [], ssh: [] }
  // The disk of the S3 server holds no more than three rounds of the smaller size.
  for (let round = 0; round < (scale.copies > MANY_MIB ? 1 : scale.rounds); round++) {
    const source = makeFile(scratch, `file${round}`, scale.copies)
    const { stdout: cid } = await kit(scratch, home, 'add', '-Q', source)
    const archive = join(scratch, 'archive.car')
    await bareKit(home, 'car', 'export', cid, '-o', archive)
    const megabytes = statSync(archive).size / 1e6
    const rate = ({ seconds }: { readonly seconds: number }): number => megabytes / seconds
    for (const name of ['s3', 'ssh'] as const)
      ours[name].push(rate(await bareKit(home, 'pin', 'add', cid, '--backend', name)))
    theirs.s3.push(rate(await shell(`env -u AWS_CA_BUNDLE rclone --config ${rclone} copyto ${archive} s3:${bucket}/other${round}.car`))) // prettier-ignore
    theirs.ssh.push(rate(await shell(`echo 'put ${archive} ${join(scratch, 'remote', `other${round}.car`)}' | sftp -q -b - -P ${ssh.port} -i ${ssh.identityFile} -o UserKnownHostsFile=${ssh.knownHosts} ${ssh.user}@${ssh.host}`))) // prettier-ignore
    await shell(`rm ${archive} ${source}`)
  }
  const row = (where: string, name: 's3' | 'ssh', peer: string): Row => ({
    what: upload(where, scale.copies),
    unit: 'MB/s',
    values: new Map([
      ['ours', ours[name]],
      [peer, theirs[name]]
    ])
  })
  const small = await storeSmall(scratch, home, scale.smallPins)
  return [row('S3', 's3', 'rclone'), row('SFTP', 'ssh', 'sftp'), small]
}

/** Many pins of one block, by one command. */
async function storeSmall(scratch: string, home: string, count: number): Promise<Row> {
  const folder = join(scratch, 'small')
  mkdirSync(folder)
  for (let i = 0; i < count; i++) writeFileSync(join(folder, String(i)), `small ${i}`)
  const { stdout } = await bareKit(home, 'ls', (await bareKit(home, 'add', '-Q', folder)).stdout)
  const cids = [...stdout.matchAll(/\b(?:bafkrei)\w{52}\b/g)].map(([cid]) => cid)
  const { seconds } = await bareKit(home, 'pin', 'add', ...cids, '--backend', 's3')
  return { what: SMALL, unit: 'pins/s', values: new Map([['ours', [cids.length / seconds]]]) }
}

const FULL_MIB = 1024

export const copyTargets: readonly Target[] = [
  { what: upload('S3', FULL_MIB), ours: 'ours', against: 'rclone', factor: 0.8 },
  { what: upload('SFTP', FULL_MIB), ours: 'ours', against: 'sftp', factor: 0.8 },
  { what: SMALL, ours: 'ours', against: 50, factor: 1 }
]
