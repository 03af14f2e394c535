/** Opens the upstream for one piece of work, and closes it afterwards. */
import type { UpstreamContent } from '../fetch/upstream-content.js'
import { requireHome } from './home-there.js'
import type { Run } from './run.js'
import type { Services } from './services.js'

/** @throws PATH_NOT_FOUND for a home that does not exist. */
export async function withUpstream<T>(
  services: Services,
  run: Run,
  work: (upstream: UpstreamContent) => Promise<T>
): Promise<T> {
  requireHome(services.home)
  const upstream = await services.openUpstream(run)
  try {
    return await work(upstream)
  } finally {
    await upstream.close()
  }
}
