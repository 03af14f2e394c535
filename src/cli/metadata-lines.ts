/** A record of the index as lines of names and values. */
import { presentedRecord } from '../metadata/presented.js'
import type { IndexRecord } from '../metadata/record.js'
import { table } from './table.js'

/** Returns a line for each value that there is. */
export const metadataLines = (record: IndexRecord): string[] =>
  table([...linesOf('', presentedRecord(record))])

function* linesOf(at: string, value: unknown): Iterable<string[]> {
  if (value === null || value === undefined) return
  if (Array.isArray(value) && value.every((one) => typeof one !== 'object'))
    return yield [at, value.join(', ')]
  if (typeof value === 'string') return yield [at, value]
  if (typeof value !== 'object') return yield [at, JSON.stringify(value)]
  for (const [name, own] of Object.entries(value))
    yield* linesOf(at === '' ? name : `${at}.${name}`, own)
}
