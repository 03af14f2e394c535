/** Imports archives: every block is verified, and the roots are pinned. */
import { importCar, type ImportReport } from '../content/car-import.js'
import { fileSource } from '../core/byte-source.js'
import { CarReader } from '../formats/car-reader.js'
import { readPins } from '../store/pins.js'
import type { BlockSink } from '../store/ports.js'
import { nameOf, withArchive, type ArchiveSource } from './archive.js'
import type { Operation } from './operation.js'
import type { Run } from './run.js'
import { newPin, withWriteSession } from './with-write-session.js'

export interface CarImportRequest {
  readonly archives: readonly ArchiveSource[]
  /** Whether the roots are pinned. */
  readonly pin?: boolean
}

export interface CarImportResult {
  readonly roots: readonly string[]
  readonly blocks: number
  readonly bytes: number
  /** Blocks that the store had already. */
  readonly duplicates: number
  /** Linked blocks that neither the archives nor the store have. */
  readonly missing: number
  /** How many roots were pinned. */
  readonly pinned: number
}

/**
 * Imports durably. An archive that is refused half-way leaves nothing behind. @throws
 * CORRUPT_FORMAT, INTEGRITY.
 */
export const carImport: Operation<CarImportRequest, CarImportResult> = async (
  services,
  { archives, pin = true },
  run
) => {
  const reports = await withWriteSession(services, run, async (session, view) => {
    const known = readPins(view.reader.layout.pins)
    const result: ImportReport[] = []
    for (const archive of archives) result.push(await importOne(archive, session, run))
    const pins = result
      .flatMap(({ roots }) => roots.map(String))
      .filter((root) => known.get(root)?.type !== 'recursive')
      .map((root) => newPin(root, 'recursive', known.get(root)?.name ?? ''))
    return { result, pins: pin ? pins : [] }
  })
  const sum = (key: 'blocks' | 'bytes' | 'duplicates' | 'missing'): number =>
    reports.reduce((total, report) => total + report[key], 0)
  const roots = reports.flatMap((report) => report.roots.map(String))
  const missing = sum('missing')
  if (missing > 0)
    run.warn(
      `${missing} linked blocks are in neither the archive nor the store; reading them will fail`
    )
  return {
    roots,
    blocks: sum('blocks'),
    bytes: sum('bytes'),
    duplicates: sum('duplicates'),
    missing,
    pinned: pin ? roots.length : 0
  }
}

function importOne(archive: ArchiveSource, sink: BlockSink, run: Run): Promise<ImportReport> {
  const name = nameOf(archive)
  return withArchive(archive, ({ fd, size }) =>
    importCar(new CarReader(fileSource(fd)), sink, {
      signal: run.signal,
      onBytes: (bytes) => run.progress({ what: `importing ${name}`, bytes, total: size }),
      warn: (line) => run.warn(`${name}: ${line}`)
    })
  )
}
