/** `wal retry`: tries operations again. */
import { KitError } from '../../core/errors.js'
import { retryFailure, walRetry } from '../../operations/wal-retry.js'
import { flagOf, type Context } from '../context.js'
import { table } from '../table.js'

/** @returns the error of operations that are not done. */
export async function run(context: Context): Promise<KitError | undefined> {
  const failed = flagOf(context, 'failed')
  if (!failed && context.args.length === 0)
    throw new KitError('USAGE', 'say which: ids of `ipfs-kit wal ls`, or --failed')
  const request = { ids: context.args, failed }
  const { operations } = await walRetry(context.services, request, context.run)
  if (context.json) context.answer({ operations })
  else if (operations.length === 0) context.note('no operation has failed')
  else if (context.quiet) for (const { operation_id: id } of operations) context.print(id)
  else
    for (const line of table(
      operations.map(({ operation_id: id, operation_type, status, backend, parameters, error }) => [
        id,
        status,
        operation_type,
        backend,
        parameters['cid'] ?? '',
        error ?? ''
      ])
    ))
      context.print(line.trimEnd())
  return retryFailure(operations)
}
