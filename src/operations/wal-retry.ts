/** Takes up operations on backends that failed, were cancelled, or wait for their next try. */
import { KitError } from '../core/errors.js'
import { isRetriable } from '../wal/operation-record.js'
import { findOperation, loggedOperations } from './logged-operations.js'
import type { Operation } from './operation.js'

export interface WalRetryRequest {
  /** Beginnings of ids. */
  readonly ids: readonly string[]
  /** Whether all that failed are meant, too. */
  readonly failed?: boolean
}

export interface WalRetryResult {
  /** Ids of the operations that are due now. */
  readonly retried: readonly string[]
}

/** @throws PATH_NOT_FOUND, INVALID_ARGUMENT for one that runs or is completed: then nothing is done. */
export const walRetry: Operation<WalRetryRequest, WalRetryResult> = async (
  services,
  request,
  run
) => {
  const ids = new Set<string>()
  if (request.failed === true)
    for (const { status, operation_id: id } of loggedOperations(services.home))
      if (status === 'failed') ids.add(id)
  for (const text of request.ids) {
    const record = await findOperation(services.home, text)
    if (!isRetriable(record))
      throw new KitError('INVALID_ARGUMENT', `operation ${record.operation_id} is ${record.status}, and cannot be retried`) // prettier-ignore
    ids.add(record.operation_id)
  }
  const retried = [...ids]
  if (retried.length === 0) return { retried }
  const owner = await services.openOwner(run)
  try {
    await owner.retryOperations(retried)
  } finally {
    owner.close()
  }
  return { retried }
}
