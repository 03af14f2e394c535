/** Removes a backend from the configuration. */
import { removeConfigured } from '../../backends/configured.js'
import { isKitError, KitError } from '../core/errors.js'
import { noSuchBackend, type BackendNamed } from './configured-backend.js'
import { withMappings } from './mappings-view.js'
import type { Operation } from './operation.js'

export interface BackendRemoveRequest extends BackendNamed {
  /** Forgets the copies of pins that it has, too. */
  readonly force?: boolean | undefined
}

/**
 * Removes a backend from the configuration; its content stays where it is. A damaged entry can be
 * removed too.
 * @throws PATH_NOT_FOUND; BUSY for one that has copies of pins, of which nobody would know any more.
 */
export const backendRemove: Operation<BackendRemoveRequest, BackendNamed> = async (
  services,
  { name, force },
  _run
) => {
  if (force !== true) await checkUnused(services.home, name)
  if (!removeConfigured(services.home, name)) throw noSuchBackend(name)
  await services.backendsChanged()
  return { name }
}

/** @throws BUSY for a backend with copies, or with mappings that cannot be read. */
async function checkUnused(home: string, name: string): Promise<void> {
  const advice = `move them with \`ipfs-kit backend drain ${name}\`, or forget them with --force`
  try {
    const count = await withMappings(home, (mappings) => mappings.count(name))
    if (count === 0) return
    throw new KitError('BUSY', `backend ${name} has copies of pins (${count}); ${advice}`)
  } catch (error) {
    if (!isKitError(error, 'CORRUPT_FORMAT')) throw error
    throw new KitError('BUSY', `whether backend ${name} has copies of pins is not known: ${error.message}; ${advice}`, { cause: error }) // prettier-ignore
  }
}
