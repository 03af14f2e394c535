/** Imports archives: every block is verified, and the roots are pinned. */
import { CarImport, type ImportReport } from '../content/car-import.js'
import { fileSource } from '../core/byte-source.js'
import { CarReader } from '../formats/car-reader.js'
import { readPins } from '../store/pins.js'
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
  let missing = 0
  const reports = await withWriteSession(services, run, async (session, view) => {
    const known = readPins(view.reader.layout.pins)
    const result: ImportReport[] = []
    const work = new CarImport(session)
    for (const archive of archives) result.push(await importOne(archive, work, run))
    // A root may lie in another archive than the one that names it.
    if (pin) for (const { roots } of result) for (const root of roots) work.checkRoot(root)
    missing = work.missing()
    for (const line of work.unreadable)
      run.warn(`${line}; gc removes nothing while a pin leads to it`)
    const pins = result
      .flatMap(({ roots }) => roots.map(String))
      .filter((root) => known.get(root)?.type !== 'recursive')
      .map((root) => newPin(root, 'recursive', known.get(root)?.name ?? ''))
    if (pin) return { result, pins }
    return { result, pins: [], unpinned: result.flatMap(({ roots }) => roots.map(String)) }
  })
  const sum = (key: 'blocks' | 'bytes' | 'duplicates'): number =>
    reports.reduce((total, report) => total + report[key], 0)
  const roots = reports.flatMap((report) => report.roots.map(String))
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

function importOne(archive: ArchiveSource, work: CarImport, run: Run): Promise<ImportReport> {
  const name = nameOf(archive)
  return withArchive(archive, ({ fd, size }) =>
    work.add(new CarReader(fileSource(fd)), {
      signal: run.signal,
      onBytes: (bytes) => run.progress({ what: `importing ${name}`, bytes, total: size }),
      warn: (line) => run.warn(`${name}: ${line}`)
    })
  )
}
