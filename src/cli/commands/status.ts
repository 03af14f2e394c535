/** `status`: mounts and what the store holds. */
import { existsSync } from 'node:fs'
import { homeOf, ownMounts } from '../../mount/mountinfo.js'
import type { MountStatus } from '../../service/engine.js'
import { readPins } from '../../store/pins.js'
import { formatSize } from '../../config/units.js'
import type { UpstreamReport, TierReport } from '../../service/report.js'
import { describeBackend } from '../backends.js'
import type { Context } from '../context.js'
import { engineReport } from '../remote.js'
import { askMounts } from '../engines.js'
import { table } from '../table.js'

export async function run(context: Context): Promise<void> {
  const homes = new Set([context.home])
  for (const mount of ownMounts()) {
    const home = homeOf(mount)
    if (home !== undefined) homes.add(home)
  }
  const mounts: MountStatus[] = []
  const silent = new Set<string>()
  for (const home of homes) {
    const served = await askMounts(home)
    if (served === 'silent') silent.add(home)
    else mounts.push(...served)
  }
  const unserved = ownMounts().filter(({ path }) => !mounts.some((mount) => mount.path === path))
  const stale = unserved.filter((mount) => !silent.has(homeOf(mount) ?? '')).map(({ path }) => path)
  const store = storeOf(context)
  const report = silent.has(context.home) ? undefined : await engineReport(context.home)
  if (context.json) {
    context.answer({
      mounts,
      stale,
      home: context.home,
      ...store,
      remote: report?.remote ?? null,
      warnings: report?.warnings ?? []
    })
    return
  }
  if (mounts.length === 0) context.print('nothing is mounted; mount with `ipfs-kit mount`')
  const rows = mounts.map(({ path, driver, open, pids, home }) => [
    path,
    driver,
    `passthrough ${open === 'passthrough' ? 'on' : 'off'}`,
    `pids ${pids.join(', ')}`,
    home
  ])
  for (const line of table(rows)) context.print(line)
  for (const path of stale)
    context.print(`${path}  stale: nobody serves it; \`ipfs-kit unmount ${path}\` cleans it away`)
  for (const { path } of unserved)
    if (!stale.includes(path))
      context.print(`${path}  its engine does not answer, or is another user's`)
  context.print(`home ${context.home}: ${store.blocks} blocks, ${store.pins} pins`)
  const remote = report?.remote ?? undefined
  if (remote !== undefined) for (const line of upstreamLines(remote)) context.print(line)
  for (const line of report?.warnings ?? []) context.warn(line)
}

/** What is elsewhere, as `status` says it: nothing, where there is nothing. */
function upstreamLines({ cache, backends }: UpstreamReport): string[] {
  const { memory, disk } = cache
  if (backends.length === 0 && cache.blocks === 0) return []
  const tier = (name: string, { used, capacity, hits }: TierReport): string =>
    `${name} ${formatSize(used)} of ${formatSize(capacity)}, ${hits} hits`
  return [
    `cache: ${tier('memory', memory)}; ${tier('disk', disk)}`,
    ...table(backends.map((backend) => [`backend ${backend.name}`, describeBackend(backend)]))
  ]
}

function storeOf(context: Context): { blocks: number; pins: number } {
  if (!existsSync(context.home)) return { blocks: 0, pins: 0 }
  const { reader } = context.services.openReading(context.home)
  const blocks = reader.manifest.segments.reduce((sum, { records }) => sum + records, 0)
  const pins = readPins(reader.layout.pins).size
  reader.close()
  return { blocks, pins }
}
