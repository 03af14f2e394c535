/** Gives up operations on backends. */
import { KitError } from '../core/errors.js'
import { isCancellable } from '../wal/operation-record.js'
import { findOperation } from './logged-operations.js'
import type { Operation } from './operation.js'

export interface WalCancelRequest {
  /** Beginnings of ids. */
  readonly ids: readonly string[]
}

export interface WalCancelResult {
  readonly cancelled: readonly string[]
}

/**
 * Cancels operations; one that runs may have had its effect already.
 * @throws PATH_NOT_FOUND, INVALID_ARGUMENT for one that is finished: then nothing is done.
 */
export const walCancel: Operation<WalCancelRequest, WalCancelResult> = async (
  services,
  request,
  run
) => {
  const ids = new Set<string>()
  for (const text of request.ids) {
    const record = await findOperation(services.home, text)
    if (!isCancellable(record))
      throw new KitError('INVALID_ARGUMENT', `operation ${record.operation_id} is ${record.status} already`) // prettier-ignore
    ids.add(record.operation_id)
  }
  const cancelled = [...ids]
  const owner = await services.openOwner(run)
  try {
    await owner.cancelOperations(cancelled)
  } finally {
    owner.close()
  }
  return { cancelled }
}
