/** Pins that are stored on a real S3 and a real SFTP server, beside what copies the same bytes there. */
import { mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CopyServers, rcloneLine, SHOWN, WHERES, type Where } from './copy-servers.js'
import { makeFile } from './data.js'
import { bareKit, kit, shell } from './measure.js'
import type { Row, Target } from './report.js'
import type { Scale } from './scale.js'

/** Sizes above this are measured once. */
const MANY_MIB = 512
const SMALL = 'small pins to S3'
const upload = (where: Where, mib: number): string => `a pin of ${mib.toLocaleString('en')} MiB to ${SHOWN[where]}` // prettier-ignore

export const storeCopies = (scratch: string, scale: Scale): Promise<Row[]> =>
  CopyServers.use(scratch, (servers) => measure(scratch, scale, servers))

async function measure(scratch: string, scale: Scale, servers: CopyServers): Promise<Row[]> {
  const home = join(scratch, 'home')
  for (const where of WHERES) await servers.addTo(home, where)
  const { ssh, folder } = servers
  await prepareServer(scratch, servers)
  const ours: Record<Where, number[]> = { s3: [], ssh: [] }
  const theirs: Record<Where, number[]> = { s3: [], ssh: [] }
  // The disk of the S3 server holds no more than three rounds of the smaller size.
  for (let round = 0; round < (scale.copies > MANY_MIB ? 1 : scale.rounds); round++) {
    const source = makeFile(scratch, `file${round}`, scale.copies)
    const { stdout: cid } = await kit(scratch, home, 'add', '-Q', source)
    const archive = join(scratch, 'archive.car')
    await bareKit(home, 'car', 'export', cid, '-o', archive)
    const megabytes = statSync(archive).size / 1e6
    const rate = ({ seconds }: { readonly seconds: number }): number => megabytes / seconds
    for (const name of WHERES)
      ours[name].push(rate(await bareKit(home, 'pin', 'add', cid, '--backend', name)))
    theirs.s3.push(rate(await shell(rcloneLine(servers, `copyto ${archive} ${servers.remote('s3', `other${round}.car`)}`)))) // prettier-ignore
    theirs.ssh.push(rate(await shell(`echo 'put ${archive} ${join(folder, `other${round}.car`)}' | sftp -q -b - -P ${ssh.port} -i ${ssh.identityFile} -o UserKnownHostsFile=${ssh.knownHosts} ${ssh.user}@${ssh.host}`))) // prettier-ignore
    await shell(`rm ${archive} ${source}`)
  }
  const row = (name: Where, peer: string): Row => ({
    what: upload(name, scale.copies),
    unit: 'MB/s',
    values: new Map([
      ['ours', ours[name]],
      [peer, theirs[name]]
    ])
  })
  const small = await storeSmall(scratch, home, scale.smallPins)
  return [row('s3', 'rclone'), row('ssh', 'sftp'), small]
}

/** The first objects, whole and in parts, have the server set up its pools, which counts for nobody. */
async function prepareServer(scratch: string, servers: CopyServers): Promise<void> {
  const first = makeFile(scratch, 'first', 16)
  for (const cutoff of ['5M', '200M'])
    await shell(rcloneLine(servers, `--s3-upload-cutoff ${cutoff} copyto ${first} ${servers.remote('s3', `first-${cutoff}`)}`)) // prettier-ignore
  await shell(`rm ${first}`)
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
  { what: upload('s3', FULL_MIB), ours: 'ours', against: 'rclone', factor: 0.8 },
  { what: upload('ssh', FULL_MIB), ours: 'ours', against: 'sftp', factor: 0.8 },
  { what: SMALL, ours: 'ours', against: 50, factor: 1 }
]
