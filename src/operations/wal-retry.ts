/** Tries operations on backends again that failed, were cancelled, or wait for their next try. */
import { KitError } from '../core/errors.js'
import { isCancellable, isRetriable, type OperationRecord } from '../wal/operation-record.js'
import { findOperation, loggedOperations } from './logged-operations.js'
import { withMappings } from './mappings-view.js'
import type { Operation } from './operation.js'
import { pinHeal } from './pin-heal.js'
import { copyKey } from './pin-outcome.js'
import type { Services } from './services.js'

export interface WalRetryRequest {
  /** Beginnings of ids. */
  readonly ids: readonly string[]
  /** Whether all that failed are meant, too. */
  readonly failed?: boolean
}

export interface WalRetryResult {
  /** The operations as they are after the try. */
  readonly operations: readonly OperationRecord[]
}

/**
 * Works on the copies of the operations until they are as they should be, whichever way leads there: one that is lost is
 * stored again, one that is there already needs nothing. What has no copy any more is given up.
 * @throws PATH_NOT_FOUND, INVALID_ARGUMENT for one that runs or is completed: then nothing is done.
 */
export const walRetry: Operation<WalRetryRequest, WalRetryResult> = async (
  services,
  request,
  run
) => {
  const meant = await meantOperations(services.home, request)
  const ids = meant.map(({ operation_id }) => operation_id)
  if (ids.length === 0) return { operations: [] }
  const { gone, standing } = await withCopies(services, meant)
  const lost = new Set(gone.map(({ operation_id }) => operation_id))
  const owner = await services.openOwner(run)
  try {
    // What has no copy any more never waits again, not even for a moment.
    await owner.retryOperations(ids.filter((id) => !lost.has(id)))
    await owner.cancelOperations(gone.filter(isCancellable).map(({ operation_id }) => operation_id))
  } finally {
    owner.close()
  }
  if (standing.length > 0) await pinHeal(services, { copies: standing }, run)
  return { operations: await Promise.all(ids.map((id) => findOperation(services.home, id))) }
}

async function meantOperations(
  home: string,
  { ids, failed }: WalRetryRequest
): Promise<OperationRecord[]> {
  const meant = new Map<string, OperationRecord>()
  if (failed === true)
    for (const record of loggedOperations(home))
      if (record.status === 'failed') meant.set(record.operation_id, record)
  for (const text of ids) {
    const record = await findOperation(home, text)
    if (!isRetriable(record))
      throw new KitError('INVALID_ARGUMENT', `operation ${record.operation_id} is ${record.status}, and cannot be retried`) // prettier-ignore
    meant.set(record.operation_id, record)
  }
  return [...meant.values()]
}

/** Tells the copies that operations are about from those that are no more. */
async function withCopies(
  { home }: Services,
  operations: readonly OperationRecord[]
): Promise<{
  readonly gone: readonly OperationRecord[]
  readonly standing: readonly { readonly cid: string; readonly backend: string }[]
}> {
  return await withMappings(home, (mappings) => {
    const gone: OperationRecord[] = []
    const standing = new Map<string, { cid: string; backend: string }>()
    for (const record of operations) {
      const { backend, parameters } = record
      const copy = mappings.of(parameters['cid'] ?? '').find((one) => one.backend === backend)
      if (copy === undefined) gone.push(record)
      else standing.set(copyKey(copy), { cid: copy.cid, backend })
    }
    return { gone, standing: [...standing.values()] }
  })
}

/** Returns the error of operations of which some are not done; undefined where none is left. */
export function retryFailure(operations: readonly OperationRecord[]): KitError | undefined {
  const left = operations.filter(({ status }) => status === 'failed' || status === 'pending')
  if (left.length === 0) return undefined
  return new KitError(
    'BACKEND_UNAVAILABLE',
    `${left.length} of ${operations.length} operations are not done; \`ipfs-kit wal show ${left[0]!.operation_id}\` tells why`
  )
}
