/** The two ways to cut a tree into blocks, as IPIP-499 names them. */
import { KitError } from '../core/errors.js'

export interface Profile {
  readonly name: string
  readonly cidVersion: 0 | 1
  /** Leaves are blocks of the raw codec; otherwise dag-pb nodes that hold the bytes. */
  readonly rawLeaves: boolean
  readonly chunkSize: number
  /** Most links of one node of a file. */
  readonly maxLinks: number
  /** What a directory's size is measured by, against HAMT_THRESHOLD. */
  readonly directorySize: 'block-bytes' | 'links-bytes'
}

/** A directory larger than this many bytes becomes a HAMT. */
export const HAMT_THRESHOLD = 256 * 1024

/**
 * Largest chunk: other nodes accept blocks of 2 MiB, of which Kubo keeps 256 bytes for what
 * stands around the bytes (frame, mode, mtime).
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

/** @throws USAGE naming the profiles there are. */
export function profileNamed(name: string): Profile {
  if (Object.hasOwn(PROFILES, name)) return PROFILES[name as keyof typeof PROFILES]
  const known = Object.keys(PROFILES).join(', ')
  throw new KitError('USAGE', `unknown profile "${name}"; there are: ${known}`)
}

/** Parse `size-N` into a profile's chunk size. @throws USAGE. */
export function withChunker(profile: Profile, chunker: string): Profile {
  const chunkSize = Number(/^size-(\d+)$/.exec(chunker)?.[1] ?? Number.NaN)
  if (!Number.isSafeInteger(chunkSize) || chunkSize < 1 || chunkSize > MAX_CHUNK)
    throw new KitError(
      'USAGE',
      `--chunker is size-N with N from 1 to ${MAX_CHUNK}, not "${chunker}"`
    )
  return { ...profile, chunkSize }
}
