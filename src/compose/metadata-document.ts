/** Makes the documents of `metadata/` in a mount. */
import { isCid } from '../content/cid-path.js'
import { Cid } from '../core/cid.js'
import { snakeCased } from '../core/snake-case.js'
import { IndexReader } from '../metadata/index-reader.js'
import { heatOf } from '../metadata/patch.js'
import { presentedRecord } from '../metadata/presented.js'
import type { EngineReport } from '../operations/engine-report.js'
import type { MakeDocument } from '../service/metadata-documents.js'

export function documentMaker(
  home: string,
  report: () => Pick<EngineReport, 'remote'>
): MakeDocument {
  const reader = new IndexReader(home)
  return async (name) => {
    if (name === 'backends.json') return snakeCased({ backends: report().remote?.backends ?? [] })
    if (name === 'cache.json') return snakeCased({ cache: report().remote?.cache ?? null })
    const text = name.slice(0, -'.json'.length)
    if (!isCid(text)) return undefined
    return await reader.use((index) => {
      const record = index.get(text) ?? index.get(String(Cid.parse(text)))
      if (record === undefined) return undefined
      return { ...presentedRecord(record), heat: rounded(heatOf(record, Date.now())) }
    })
  }
}

/** So that a document does not change with every look. */
const rounded = (heat: number): number => Math.round(heat * 1000) / 1000
