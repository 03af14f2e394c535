/** Removes a backend from the configuration. */
import { removeConfigured } from '../../backends/configured.js'
import { isKitError, KitError } from '../core/errors.js'
import { noSuchBackend, type BackendNamed } from './configured-backend.js'
import { isCancellable } from '../wal/operation-record.js'
import { loggedOperations } from './logged-operations.js'
import { withMappings } from './mappings-view.js'
import type { Operation } from './operation.js'
import type { Run } from './run.js'
import type { Services } from './services.js'

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
  run
) => {
  if (force !== true) await checkUnused(services.home, name)
  if (!removeConfigured(services.home, name)) throw noSuchBackend(name)
  await services.backendsChanged()
  await endOperations(services, name, run)
  return { name }
}

/** Gives up what waits to be done there. That this fails does not keep the backend. */
async function endOperations(services: Services, name: string, run: Run): Promise<void> {
  try {
    const open = loggedOperations(services.home).filter(
      (record) => record.backend === name && isCancellable(record)
    )
    if (open.length === 0) return
    const owner = await services.openOwner(run)
    try {
      await owner.cancelOperations(open.map(({ operation_id: id }) => id))
    } finally {
      owner.close()
    }
  } catch (error) {
    if (!isKitError(error) || error.code === 'ABORTED') throw error
    run.warn(`operations on ${name} stay in the log: ${error.message}; see \`ipfs-kit wal ls --backend ${name}\``) // prettier-ignore
  }
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
