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
  if (isLocalhost(hostname)) return lookupLoopback
  if (!redirected && isIP(hostname.replace(/^\[|\]$/g, '')) !== 0) return undefined
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

/**
 * Returns whether a name is this machine by definition, as subdomains of a gateway here are.
 * Source: RFC 6761, 6.3
 */
export const isLocalhost = (hostname: string): boolean => /^(.+\.)?localhost\.?$/i.test(hostname)

const LOOPBACK: LookupAddress[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 }
]

/** Asks nobody: a name server must not say where this machine is. */
const lookupLoopback: LookupFunction = (_name, options, callback) => {
  if (options.all === true) callback(null, LOOPBACK)
  else callback(null, LOOPBACK[0]!.address, LOOPBACK[0]!.family)
}
