/** What a dataset is about, in the words that cards of Hugging Face and Croissant share. */
import type { Column, Metadata } from './version-block.js'

export interface DataFile {
  /** Path in the folder, with slashes. */
  readonly path: string
  readonly bytes: number
  /** In hex. */
  readonly sha256: string
}

/** A version as a card of it tells. */
export interface Described {
  readonly name: string
  /** CID of the version. */
  readonly cid: string
  readonly schema: readonly Column[]
  readonly partitionBy: readonly string[]
  readonly rows: number
  readonly files: readonly DataFile[]
  readonly metadata: Metadata
}

/** Features that are longer as JSON are left out: a version is one block. */
const MAX_FEATURES = 256 << 10
const MAX_TEXT = 64 << 10

/** What is read from a card. */
export interface CardWords {
  readonly title: unknown
  readonly description: unknown
  readonly license: unknown
  readonly features: unknown
}

/** Returns the words of a card that are what they should be, as metadata of a version. */
export function wordsOf({ title, description, license, features }: CardWords): Metadata {
  const words: Record<string, unknown> = {}
  for (const [key, value] of Object.entries({ title, description }))
    if (typeof value === 'string' && value.trim() !== '') words[key] = value.slice(0, MAX_TEXT)
  if (isLicense(license)) words['license'] = license
  if (Array.isArray(features) && features.length > 0) {
    // As JSON has it: a block has no value that is not a number.
    const text = JSON.stringify(features)
    if (text.length <= MAX_FEATURES) words['features'] = JSON.parse(text)
  }
  return words
}

const isLicense = (value: unknown): boolean =>
  (typeof value === 'string' && value !== '' && value.length <= MAX_TEXT) ||
  (Array.isArray(value) && value.length < 100 && value.every((one) => typeof one === 'string'))

/** Returns what metadata says of a column; undefined where it says nothing. */
export function featureOf(
  metadata: Metadata,
  name: string
): Readonly<Record<string, unknown>> | undefined {
  // prettier-ignore
  const features: unknown = metadata['features']
  if (!Array.isArray(features)) return undefined
  const all = features as readonly unknown[]
  return all.find(
    (one): one is Readonly<Record<string, unknown>> =>
      typeof one === 'object' && one !== null && (one as { name?: unknown }).name === name
  )
}

/** Returns a text of metadata; undefined where it is none. */
export function textIn(metadata: Metadata, key: string): string | undefined {
  const value = metadata[key]
  return typeof value === 'string' ? value : undefined
}
