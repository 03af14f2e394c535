/** Exports the mappings of a backend as the one JSON document that older scripts expect. */
import { CAR_FORMAT, CAR_VERSION } from '../pins/mapping-car.js'
import type { Row } from '../pins/mapping.js'
import { configured, type BackendNamed } from './configured-backend.js'
import { withMappings } from './mappings-view.js'
import type { Operation } from './operation.js'

export interface ExportMappingsResult {
  readonly format: typeof CAR_FORMAT
  readonly version: typeof CAR_VERSION
  /** ISO 8601. */
  readonly created_at: string
  readonly pin_mappings: readonly Row[]
}

/** @throws PATH_NOT_FOUND for a backend that is none. */
export const exportMappings: Operation<BackendNamed, ExportMappingsResult> = async (
  services,
  { name },
  run
) => {
  configured(services.home, name)
  return await withMappings(services.home, (mappings) => {
    const rows: Row[] = []
    for (const row of mappings.backend(name)?.rows() ?? []) {
      run.signal.throwIfAborted()
      rows.push(row.toRow())
    }
    const created_at = new Date().toISOString()
    return { format: CAR_FORMAT, version: CAR_VERSION, created_at, pin_mappings: rows }
  })
}
