/** The texts of a record that people search, and their words. Case is folded. */
import { KitError } from '../core/errors.js'
import { DESCRIBED, type IndexRecord } from './record.js'

/** The fields that can be searched. */
export const SEARCHED_FIELDS = [
  ...DESCRIBED.map((name) => `metadata.${name}` as const),
  'filename',
  'path',
  'tags',
  'properties'
] as const
export type SearchedField = (typeof SEARCHED_FIELDS)[number]

/** @throws USAGE for a field that is not searched. */
export function searchedField(name: string): SearchedField {
  const found = SEARCHED_FIELDS.find((field) => field === name)
  if (found !== undefined) return found
  throw new KitError('USAGE', `"${name}" is not searched; fields are ${SEARCHED_FIELDS.join(', ')}`)
}

export const folded = (text: string): string => text.normalize('NFC').toLowerCase()

/** Yields the folded texts of the fields of a record. */
export function* searchedTexts(
  record: IndexRecord,
  fields: readonly SearchedField[] = SEARCHED_FIELDS
): Iterable<string> {
  for (const field of fields)
    for (const text of textsOf(record, field)) if (text !== null) yield folded(text)
}

function textsOf(record: IndexRecord, field: SearchedField): readonly (string | null)[] {
  switch (field) {
    case 'filename':
      return [record.filename]
    case 'path':
      return [record.path]
    case 'tags':
      return record.tags ?? []
    case 'properties':
      return Object.values(record.properties ?? {})
    default:
      return [
        record.metadata?.[field.slice('metadata.'.length) as (typeof DESCRIBED)[number]] ?? null
      ]
  }
}

const WORD = /[\p{L}\p{N}\p{M}]+/gu

/** Returns the words of a folded text. */
export const wordsOf = (text: string): readonly string[] => text.match(WORD) ?? []
