/** The lookup of host names for a connection. It is the same for every way of speaking to a host. */
import { lookup as lookupName, type LookupAddress } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { KitError } from '../src/core/errors.js'
import { isPublicAddress } from './addresses.js'

/**
 * Resolving names so that none that somebody else chose leads into this network: a configured
 * address, or `localhost`, is taken at its word; what a name resolves to must be public.
 */
export function lookupFor(hostname: string, redirected: boolean): LookupFunction | undefined {
  if (!redirected && (isIP(hostname.replace(/^\[|\]$/g, '')) !== 0 || hostname === 'localhost'))
    return undefined
  return (name, options, callback) => {
    lookupName(name, { ...options, all: true }, (error, found) => {
      if (error !== null) return callback(error, '', 4)
      const addresses: LookupAddress[] = found
      const inside = addresses.find(({ address }) => !isPublicAddress(address))
      if (inside !== undefined)
        return callback(
          new KitError(
            'ACCESS_DENIED',
            `${name} resolves to ${inside.address}, inside this network`
          ),
          '',
          4
        )
      if (options.all === true) return callback(null, addresses)
      const [first] = addresses
      return callback(null, first?.address ?? '', first?.family ?? 4)
    })
  }
}
