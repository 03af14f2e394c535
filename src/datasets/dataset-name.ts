/** Names of datasets, and of their versions: `NAME`, `NAME@v3`, `NAME@latest`, `NAME@TAG`, `NAME@CIDPREFIX`. */
import { KitError } from '../core/errors.js'

const MAX_BYTES = 200
const NAME = /^[\p{L}\p{N}_][\p{L}\p{N}\p{M}_.-]*$/u
const TAG = /^[\p{L}_][\p{L}\p{N}\p{M}_.-]*$/u

export interface DatasetRef {
  readonly name: string
  /** What follows the `@`; `latest` where nothing does. */
  readonly version: string
}

/** @throws INVALID_ARGUMENT. */
export function checkDatasetName(name: string): string {
  if (NAME.test(name) && Buffer.byteLength(name) <= MAX_BYTES && !isLike(name)) return name
  throw new KitError(
    'INVALID_ARGUMENT',
    `"${name.slice(0, 100)}" cannot name a dataset: take letters, digits, _, - and . (no longer than ${MAX_BYTES} bytes, not "by-cid", beginning with neither - nor .)`
  )
}

/** Names that mean something else in the mount. */
const isLike = (name: string): boolean => name === 'by-cid'

/** @throws INVALID_ARGUMENT for what could be taken for a number of a version. */
export function checkTag(tag: string): string {
  if (TAG.test(tag) && Buffer.byteLength(tag) <= MAX_BYTES && !/^v\d+$/.test(tag) && tag !== 'latest') return tag // prettier-ignore
  throw new KitError('INVALID_ARGUMENT', `"${tag.slice(0, 100)}" cannot be a tag: it begins with a letter and is neither "latest" nor like "v3"`) // prettier-ignore
}

/** Parses `NAME[@VERSION]`. @throws INVALID_ARGUMENT. */
export function parseDatasetRef(text: string): DatasetRef {
  const at = text.indexOf('@')
  if (at < 0) return { name: checkDatasetName(text), version: 'latest' }
  const version = text.slice(at + 1)
  if (version === '') throw new KitError('INVALID_ARGUMENT', `"${text}" names no version after the @`) // prettier-ignore
  return { name: checkDatasetName(text.slice(0, at)), version }
}
