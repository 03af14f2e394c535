/** Gives the published index a name by each Kubo that is configured, which keeps a copy of it for whoever looks the name up. */
import { configuredBackends } from '../../backends/configured.js'
import { storedBlocks } from '../content/archive-blocks.js'
import { Cid } from '../core/cid.js'
import { isKitError } from '../core/errors.js'
import { SYSTEM_PIN } from '../metadata/pin-patch.js'
import type { PublishedName } from '../metadata/publication-file.js'
import { PinBackends } from './pin-backends.js'
import { newMapping } from './pin-store.js'
import type { Run } from './run.js'
import type { Services } from './services.js'
import { withQuietContent } from './with-content.js'

/** A name is published anew after half of the time for which it is valid. */
const AGAIN_MS = 15 * 24 * 3_600_000

/**
 * @param before the names that led to what was published before.
 * @returns where names lead now. A backend that fails is told of, and keeps what it has.
 */
export async function publishNames(
  services: Services,
  root: string,
  before: readonly PublishedName[],
  run: Run
): Promise<readonly PublishedName[]> {
  const names = configuredBackends(services.home)
    .filter(({ type, read_only }) => type === 'kubo' && !read_only)
    .map(({ name }) => name)
  const backends = new PinBackends(services, run)
  const published: PublishedName[] = []
  try {
    for (const name of names) {
      const known = before.find(({ backend }) => backend === name)
      const done = await nameBy(services, backends, name, root, known, run)
      if (done !== undefined) published.push(done)
    }
  } finally {
    await backends.close()
  }
  return published
}

async function nameBy(
  services: Services,
  backends: PinBackends,
  backend: string,
  root: string,
  known: PublishedName | undefined,
  run: Run
): Promise<PublishedName | undefined> {
  if (known?.cid === root && Date.now() - known.at < AGAIN_MS) return known
  const { signal, progress } = run
  const told = {
    signal,
    onTotal: (): void => undefined,
    onBytes: (bytes: number): void => progress({ what: 'publishing', bytes })
  }
  try {
    const { facets } = await backends.backend(backend)
    if (facets.namePublishing === undefined) return known
    const target = await backends.target(backend)
    const mapping = newMapping(root, backend, backends)
    await withQuietContent(services, run, false, ({ content }) =>
      target.store({ ...mapping, fields: { name: SYSTEM_PIN } }, storedBlocks(content.blocks), told)
    )
    const name = await facets.namePublishing.publishName(SYSTEM_PIN, Cid.parse(root), { signal })
    if (known !== undefined && known.cid !== root)
      await target.remove(newMapping(known.cid, backend, backends), told)
    return { backend, name: `/ipns/${name}`, cid: root, at: Date.now() }
  } catch (error) {
    signal.throwIfAborted()
    if (!isKitError(error)) throw error
    run.warn(`the index has no name by ${backend}: ${error.message}`)
    return known
  }
}
