/** Reports figures of a home: the engine's, or where none runs what can be told without it. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { KeyName } from '../config/config.js'
import type { Sources } from '../config/layers.js'
import { packageVersion } from '../core/version.js'
import { countFileBytes, storeFigures, type StoreFigures } from '../store/figures.js'
import { readPins } from '../store/pins.js'
import { expectedMounts } from './configured-mounts.js'
import type { EngineReport } from './engine-report.js'
import type { Operation } from './operation.js'
import type { Run } from './run.js'
import type { Services } from './services.js'
import { withContent } from './with-content.js'
import { withUpstream } from './with-upstream.js'

export interface MetricsRequest {
  readonly sources: Sources<KeyName>
}

/** The report of a home without an engine lacks what only an engine knows. */
export type HomeReport = Pick<EngineReport, 'version' | 'remote' | 'configured'> & {
  /** Null where the home has no store yet. */
  readonly store: StoreFigures | null
}

export type MetricsResult = EngineReport | HomeReport

export const metrics: Operation<MetricsRequest, MetricsResult> = async (
  services,
  { sources },
  run
) => {
  const { home } = services
  const engine = await services.engine.report()
  const served = engine?.mounts.map(({ path }) => path) ?? []
  const configured = expectedMounts(home, sources, services.mounts.mountpoint, served)
  if (engine !== undefined) return { ...engine, configured }
  // Reporting must not make a cache.
  const isFetching = ['backends', 'cache'].some((name) => existsSync(join(home, name)))
  const remote = isFetching ? await withUpstream(services, run, (one) => one.stats()) : null
  return { version: packageVersion(), configured, store: await figures(services, run), remote }
}

async function figures(services: Services, run: Run): Promise<StoreFigures | null> {
  if (!existsSync(services.home)) return null
  return await withContent(services, run, false, async ({ reader: { layout, manifest } }) =>
    storeFigures(layout, manifest, readPins(layout.pins).size, await countFileBytes(layout))
  )
}
