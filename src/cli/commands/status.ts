/** `status`: shows the mounts, the store and the backends. */
import type { TierStats } from '../../operations/cache-stats.js'
import { describeProcesses } from '../../core/describe-processes.js'
import { formatSize } from '../../config/units.js'
import { KitError } from '../../core/errors.js'
import type { UpstreamStats } from '../../operations/engine-report.js'
import { status, type ScrubReport, type StatusResult } from '../../operations/status.js'
import { describeBackend } from '../backends.js'
import { sourcesFrom } from '../config-sources.js'
import type { Context } from '../context.js'
import { portLines } from '../port-lines.js'
import { table } from '../table.js'
import { counted } from '../counted.js'

/** @returns PATH_NOT_FOUND when a mount that is configured is not there. */
export async function run(context: Context): Promise<KitError | undefined> {
  const request = { sources: sourcesFrom(context.options) }
  const result = await status(context.services, request, context.run)
  const down = result.configured.filter(({ up }) => !up)
  if (context.json) {
    // The document does not list silent mounts.
    const { silent: _silent, ...answer } = result
    context.answer(answer)
  } else print(context, result)
  if (down.length === 0) return undefined
  const paths = down.map(({ path }) => path).join(', ')
  return new KitError('PATH_NOT_FOUND', `configured and not mounted: ${paths}`)
}

function print(context: Context, result: StatusResult): void {
  const engine = result.engine === null ? '' : `, engine ${result.engine}`
  context.print(
    `home ${context.home}: ${counted(result.blocks, 'block')}, ${counted(result.pins, 'pin')}${engine}`
  )
  if (result.indexRole !== null && result.indexRole !== 'leecher')
    context.print(`index shared as ${result.indexRole}`)
  for (const line of scrubLines(result.scrub)) context.print(line)
  for (const { path, by, up } of result.configured)
    if (!up) context.print(`${path}  not mounted, though ${by} names it; see \`ipfs-kit mount ${path}\``) // prettier-ignore
  printMounts(context, result)
  for (const line of portLines(result.ports)) context.print(line)
  if (result.remote !== null) for (const line of upstreamLines(result.remote)) context.print(line)
  for (const line of result.warnings) context.run.warn(line)
}

/** Tells what the scrub found; nothing of a store that it has not looked at. */
function scrubLines({ hashedSince, damaged, damagedBlocks, healedBlocks }: ScrubReport): string[] {
  if (hashedSince === null && damagedBlocks === 0 && healedBlocks === 0) return []
  const since = hashedSince === null ? 'not all bytes were hashed yet' : `all bytes were hashed since ${hashedSince}` // prettier-ignore
  return [
    `scrub: ${since}; ${counted(damagedBlocks, 'block')} damaged, ${healedBlocks} healed`,
    ...damaged.map(({ path, cid }) => `${path} is damaged: ${cid}; see \`ipfs-kit fsck --read-data --repair\``) // prettier-ignore
  ]
}

/** Prints the mounts, then the ones that need attention, with what to do. */
function printMounts(context: Context, status: StatusResult): void {
  const { mounts, binds, held, elsewhere, stale, silent } = status
  if (mounts.length === 0) context.print('nothing is mounted; mount with `ipfs-kit mount`')
  const rows = mounts.map(({ path, driver, open, pids, home }) => [
    path,
    driver,
    `passthrough ${open === 'passthrough' ? 'on' : 'off'}`,
    `pids ${pids.join(', ')}`,
    home
  ])
  for (const line of table(rows)) context.print(line)
  for (const { path, of } of binds) context.print(`${path}  shows ${of}`)
  for (const { path, home, holders } of held)
    context.print(`${path}  unmounted, held by ${nameHolders(holders)}  ${home}`)
  for (const { path, home } of elsewhere)
    context.print(`${path}  in another mount namespace  ${home}`)
  for (const path of stale)
    context.print(
      `${path}  stale: no engine serves it; \`ipfs-kit unmount ${path}\` cleans it away`
    )
  for (const path of silent)
    context.print(
      `${path}  its engine does not answer, is another user's, or cannot be seen from here`
    )
}

const nameHolders = (holders: StatusResult['held'][number]['holders']): string =>
  holders.length === 0 ? 'what cannot be seen from here' : describeProcesses(holders)

/** Describes cache and backends; returns no lines where neither is in use. */
function upstreamLines({ cache, backends }: UpstreamStats): string[] {
  const { memory, disk } = cache
  if (backends.length === 0 && cache.blocks === 0) return []
  const tier = (name: string, { used, capacity, hits }: TierStats): string =>
    `${name} ${formatSize(used)} of ${formatSize(capacity)}, ${counted(hits, 'hit')}`
  return [
    `cache: ${tier('memory', memory)}; ${tier('disk', disk)}`,
    ...table(backends.map((backend) => [`backend ${backend.name}`, describeBackend(backend)]))
  ]
}
