/** Opens the upstream for one piece of work, and closes it afterwards. */
import type { UpstreamContent } from '../fetch/upstream-content.js'
import type { Run } from './run.js'
import type { Services } from './services.js'

export async function withUpstream<T>(
  services: Services,
  run: Run,
  work: (upstream: UpstreamContent) => Promise<T>
): Promise<T> {
  const upstream = await services.openUpstream(run)
  try {
    return await work(upstream)
  } finally {
    await upstream.close()
  }
}
