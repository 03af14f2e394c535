/** Gives a file or folder as an archive of tar, at the pace of its consumer. */
import { basename } from 'node:path'
import { resolveDag } from './dag-resolve.js'
import type { Run } from './run.js'
import type { Services } from './services.js'
import { planTar, tarStream } from './tar-stream.js'

export interface TarOutRequest {
  /** A path below `/ipfs/` or `/ipns/`, whose last name is that of the root in the archive. */
  readonly path: string
}

/** Missing content is fetched. @throws what finding and reading it throws. */
export async function* tarOut(
  services: Services,
  { path }: TarOutRequest,
  run: Run
): AsyncGenerator<Uint8Array, void, undefined> {
  const view = await services.openContent(true, run)
  try {
    const { cid } = await resolveDag(view, services, path)
    yield* tarStream(view, await planTar(view, cid, basename(path), run), run)
  } finally {
    await view.close()
  }
}
