/** The manifest: the small file whose atomic replacement commits a publish, merge or collection. */
import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { crc32 } from 'node:zlib'
import { KitError } from '../core/errors.js'
import { ifPresent, replaceFile } from '../core/fs-durable.js'
import { utf8 } from '../core/bytes.js'
import { readFileIfAny } from '../core/read-file.js'
import type { ObjectId } from './ports.js'

export interface SegmentEntry {
  readonly id: ObjectId
  readonly records: number
}

export interface PackEntry {
  readonly id: ObjectId
  readonly bytes: number
}

export interface Manifest {
  readonly version: 1
  /** Grows by one with every change. */
  readonly generation: number
  /** Newest first: a lookup takes the first segment that has the key. */
  readonly segments: readonly SegmentEntry[]
  readonly packs: readonly PackEntry[]
  /**
   * Packs and whole files that gc removes before it rewrites the index: records that lie in them
   * count no more.
   */
  readonly doomed: readonly ObjectId[]
  /** Published sessions whose folder may still exist, so that none is published twice. */
  readonly published: readonly ObjectId[]
}

export const EMPTY_MANIFEST: Manifest = {
  version: 1,
  generation: 0,
  segments: [],
  packs: [],
  doomed: [],
  published: []
}

/**
 * Reads a manifest; a store without manifest and packs is empty.
 * @throws CORRUPT_FORMAT if it is damaged, or missing although packs exist.
 * @throws NEWER_FORMAT for a newer version.
 */
export function readManifest(path: string): Manifest {
  const bytes = readFileIfAny(path, 'rebuild it with `ipfs-kit fsck --repair`')
  if (bytes === undefined) {
    const packs = ifPresent(() => readdirSync(join(dirname(path), 'packs')))
    if (packs === undefined || packs.length === 0) return EMPTY_MANIFEST
    throw new KitError(
      'CORRUPT_FORMAT',
      `the store's manifest ${path} is gone; rebuild it with \`ipfs-kit fsck --repair\``
    )
  }
  const text = bytes.toString('utf8')
  const [body = '', sum = ''] = text.split('\n')
  if (crc32(body).toString(16).padStart(8, '0') !== sum)
    throw new KitError(
      'CORRUPT_FORMAT',
      `the store's manifest ${path} is damaged; rebuild it with \`ipfs-kit fsck --repair\``
    )
  const manifest = JSON.parse(body) as { readonly version: number }
  if (manifest.version !== EMPTY_MANIFEST.version)
    throw new KitError(
      'NEWER_FORMAT',
      `the store at ${dirname(path)} is of version ${manifest.version}, newer than this program, which changes nothing of it; upgrade ipfs-kit`
    )
  return manifest as Manifest
}

/** Replaces the manifest atomically and durably. */
export function writeManifest(path: string, manifest: Manifest): void {
  const body = JSON.stringify(manifest)
  replaceFile(path, utf8(`${body}\n${crc32(body).toString(16).padStart(8, '0')}\n`))
}
