/** Refuses changes to a home that cannot be written. */
import { KitError } from '../core/errors.js'
import { isReadOnly } from '../core/fs-durable.js'

/** @throws READ_ONLY. */
export function refuseReadOnly(home: string): void {
  if (isReadOnly(home))
    throw new KitError(
      'READ_ONLY',
      `the home ${home} cannot be written, so it is only read; mount its disk writable or change its mode, or take another --home`
    )
}
