/** Returns the CID, as the index has it, that a CIDPATH leads to. */
import { isCid } from '../content/cid-path.js'
import { Cid } from '../core/cid.js'
import type { Run } from './run.js'
import type { Services } from './services.js'
import { target } from './target.js'
import { withContent } from './with-content.js'

/** Content need not be here where a CID alone is given. @throws INVALID_CID, PATH_NOT_FOUND. */
export async function indexedCid(services: Services, path: string, run: Run): Promise<string> {
  const known = await services.index.use((index) => index.get(path) !== undefined)
  if (known) return path
  if (isCid(path)) return String(Cid.parse(path))
  return await withContent(services, run, false, async (view) =>
    String((await target(view, services, path)).cid)
  )
}
