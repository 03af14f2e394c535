/** What a backend says of a copy, and what its mapping is afterwards. */
import { isCid } from '../content/cid-path.js'
import { KitError } from '../core/errors.js'
import { archiveName, type Mapping, type OwnMetadata } from '../pins/mapping.js'
import type { Kept } from '../pins/pin-target.js'

/** Returns a mapping after its backend was found to have it. */
export function foundMapping(mapping: Mapping, found: Kept, more: OwnMetadata): Mapping {
  const { last_error: _, attempts: __, details: ___, ...own } = mapping.own
  return {
    ...mapping,
    status: found.isWhole ? 'stored' : 'pending',
    own: {
      ...own,
      ...(found.size === undefined ? {} : { size: found.size }),
      ...(found.details === '' ? {} : { details: found.details }),
      ...defined(more)
    }
  }
}

const defined = (own: OwnMetadata): OwnMetadata =>
  Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined))

/** Whether a copy is believed to be stored, and could not be looked at when that was tried last. */
export const isUnknown = ({ status, own }: Mapping): boolean =>
  status === 'stored' && own.last_error !== undefined

export const missing = (mapping: Mapping): KitError =>
  new KitError(
    'PATH_NOT_FOUND',
    `${mapping.backend} does not have ${mapping.cid} (${archiveName(mapping)}); \`ipfs-kit pin heal\` stores it again`
  )

/** @throws PATH_NOT_FOUND for a mapping whose CID is none, which a migration keeps. */
export function checkNamed({ cid, backend }: Mapping): void {
  if (isCid(cid)) return
  throw new KitError(
    'PATH_NOT_FOUND',
    `"${cid}" is no CID, so nothing can be verified or stored by it; \`ipfs-kit pin rm ${cid} --backend ${backend}\` drops its mapping`
  )
}

export const stillFailed = ({ own, cid, backend }: Mapping): KitError =>
  new KitError(
    'INTEGRITY',
    own.last_error ?? `the copy of ${cid} on ${backend} failed; --read-data looks at every byte`
  )

/** @throws INTEGRITY for an archive of another size than the one that was stored. */
export function checkSize(mapping: Mapping, { size }: Kept): void {
  const known = mapping.own.size
  if (known === undefined || size === undefined || known === size) return
  throw new KitError(
    'INTEGRITY',
    `${archiveName(mapping)} on ${mapping.backend} has ${size} bytes, and ${known} were stored; \`ipfs-kit pin heal\` stores it again`
  )
}

const LOSSES: ReadonlySet<string> = new Set([
  'PATH_NOT_FOUND',
  'BLOCK_NOT_FOUND',
  'INTEGRITY',
  'CORRUPT_FORMAT'
])

/** Whether an error means that a copy is not there, or not whole; any other means that nobody knows. */
export const isLoss = ({ code }: KitError): boolean => LOSSES.has(code)
