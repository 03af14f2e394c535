/** Gives a DAG as an archive (CARv1): its blocks depth first, each once. */
import { carArchive } from '../content/car-archive.js'
import { KitError } from '../core/errors.js'
import { archiveSource } from './archive-source.js'
import { resolveDag } from './dag-resolve.js'
import type { Run } from './run.js'
import type { Services } from './services.js'

export interface DagExportRequest {
  readonly path: string
}

/** Missing blocks are fetched before the first byte. @throws INVALID_ARGUMENT, and what reading throws. */
export async function* dagExport(
  services: Services,
  { path }: DagExportRequest,
  run: Run
): AsyncGenerator<Uint8Array, void, undefined> {
  const view = await services.openContent(true, run)
  try {
    const { cid, rest } = await resolveDag(view, services, path)
    if (rest.length > 0)
      throw new KitError('INVALID_ARGUMENT', 'only a DAG with a root CID can be exported')
    const { signal } = run
    yield* (await carArchive(cid, archiveSource(view), { signal, version: 1 })).content()
  } finally {
    await view.close()
  }
}
