/** Tells why another side gave a pin up. */
import { KitError } from '../core/errors.js'
import type { PinStatus } from '../../backends/facets/remote-pins.js'

/** The error of a pin that failed, with what the other side says of it. */
export function pinFailure(
  backend: string,
  cid: { toString(): string },
  { details, holders }: PinStatus
): KitError {
  const failed = holders.filter(({ state }) => state === 'failed')
  const said = failed.map(({ name, details }) => `${name}: ${details || 'no reason'}`)
  const why = [details, ...said].filter((text) => text !== '').join('; ')
  return new KitError(
    'BACKEND_UNAVAILABLE',
    `backend ${backend} could not pin ${cid}: ${why || 'it gives no reason'}`
  )
}
