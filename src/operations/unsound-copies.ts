/** The copies that something is to be done about, of any number of them. */
import { Turns } from '../core/turns.js'
import { COLUMNS, fromRow, type Mapping } from '../pins/mapping.js'
import type { PinMappings } from '../pins/pin-mappings.js'
import type { RowView } from '../pins/row-codec.js'
import { noSuchBackend } from './configured-backend.js'

const STATUS = COLUMNS.indexOf('status')
const METADATA = COLUMNS.indexOf('metadata')
const STORED = Buffer.from('stored')
const LEAVING = '"is_leaving":'

/**
 * Lists copies that are not stored, or are to go, in turns, so that others run meanwhile: of the others, which are most,
 * no row is decoded.
 * @throws PATH_NOT_FOUND for a backend that is none.
 */
export async function* unsoundCopies(
  mappings: PinMappings,
  names: readonly string[],
  signal: AbortSignal
): AsyncGenerator<Mapping, void, undefined> {
  const turns = new Turns(signal)
  for (const name of names) {
    const backend = mappings.backend(name)
    if (backend === undefined) throw noSuchBackend(name)
    for (const row of backend.rows()) {
      if (turns.isDue) await turns.take()
      if (isPlainlyStored(row)) continue
      const mapping = fromRow(row.toRow())
      if (mapping.status !== 'stored' || mapping.own.is_leaving === true) yield mapping
    }
  }
}

const isPlainlyStored = (row: RowView): boolean =>
  STORED.equals(row.field(STATUS)) && !bytesOf(row.field(METADATA)).includes(LEAVING)

const bytesOf = ({ buffer, byteOffset, length }: Uint8Array): Buffer =>
  Buffer.from(buffer, byteOffset, length)
