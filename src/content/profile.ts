/** The two profiles by which trees are cut into blocks, as IPIP-499 names them. */
import { KitError } from '../core/errors.js'

export interface Profile {
  readonly name: string
  readonly cidVersion: 0 | 1
  /** Whether leaves are raw blocks; otherwise they are dag-pb nodes. */
  readonly rawLeaves: boolean
  readonly chunkSize: number
  /** Maximum number of links of a file node. */
  readonly maxLinks: number
  /** The measure of a directory's size that is compared with HAMT_THRESHOLD. */
  readonly directorySize: 'block-bytes' | 'links-bytes'
}

/** Size in bytes above which a directory becomes a HAMT. */
export const HAMT_THRESHOLD = 256 * 1024

/**
 * Largest chunk in bytes: other nodes accept blocks of 2 MiB, of which Kubo reserves 256 bytes
 * for frame, mode and mtime.
 */
export const MAX_CHUNK = 2 * 1024 * 1024 - 256

export const PROFILES = {
  'unixfs-v1-2025': {
    name: 'unixfs-v1-2025',
    cidVersion: 1,
    rawLeaves: true,
    chunkSize: 1024 * 1024,
    maxLinks: 1024,
    directorySize: 'block-bytes'
  },
  'unixfs-v0-2015': {
    name: 'unixfs-v0-2015',
    cidVersion: 0,
    rawLeaves: false,
    chunkSize: 256 * 1024,
    maxLinks: 174,
    directorySize: 'links-bytes'
  }
} as const satisfies Record<string, Profile>

/** Returns the profile of a name. @throws USAGE listing the profiles. */
export function profileNamed(name: string): Profile {
  if (Object.hasOwn(PROFILES, name)) return PROFILES[name as keyof typeof PROFILES]
  const known = Object.keys(PROFILES).join(', ')
  throw new KitError('USAGE', `unknown profile "${name}"; there are: ${known}`)
}

/** Returns a profile with the chunk size of `size-N`. @throws USAGE. */
export function withChunker(profile: Profile, chunker: string): Profile {
  const chunkSize = Number(/^size-(\d+)$/.exec(chunker)?.[1] ?? Number.NaN)
  if (!Number.isSafeInteger(chunkSize) || chunkSize < 1 || chunkSize > MAX_CHUNK)
    throw new KitError(
      'USAGE',
      `--chunker is size-N with N from 1 to ${MAX_CHUNK}, not "${chunker}"`
    )
  return { ...profile, chunkSize }
}
