/** Adapts the backends to what names need: sources of records, and sources of keys. */
import type { Metered } from '../../backends/wrap/metered.js'
import type { KeySource, RecordSource } from '../names/sources.js'

export const recordSources = (backends: readonly Metered[]): RecordSource[] =>
  backends.flatMap(({ name, facets: { nameRecords } }) =>
    nameRecords === undefined
      ? []
      : [{ name, getNameRecords: (text, options) => nameRecords.getNameRecords(text, options) }]
  )

export const keySources = (backends: readonly Metered[]): KeySource[] =>
  backends.flatMap(({ name, facets: { keys } }) =>
    keys === undefined ? [] : [{ name, listKeys: (options) => keys.listKeys(options) }]
  )
