/** Verifies an archive without importing it. */
import { verifyCar } from '../content/car-verify.js'
import { fileSource } from '../core/byte-source.js'
import { CarReader } from '../formats/car-reader.js'
import { withArchive, type ArchiveSource } from './archive.js'
import type { Operation } from './operation.js'

export interface CarVerifyRequest {
  readonly archive: ArchiveSource
}

export interface CarVerifyResult {
  /** Whether no block is bad or unreadable, and none is missing. */
  readonly success: boolean
  readonly roots: readonly string[]
  readonly blocks: number
  /** Blocks that do not match their CIDs, with their offsets in the file. */
  readonly bad: readonly {
    readonly offset: number
    readonly cid: string
    readonly reason: string
  }[]
  /** CIDs that the roots lead to but the archive lacks. */
  readonly missing: readonly string[]
  /** Blocks whose links cannot be read, so that others may be missing unseen; the first few. */
  readonly unreadable: readonly { readonly cid: string; readonly reason: string }[]
  /** Entries whose names no file can have, which a mount hides. */
  readonly hidden: number
}

/**
 * Checks every hash, and every link that the roots lead to. @throws CORRUPT_FORMAT naming the
 * offset.
 */
export const carVerify: Operation<CarVerifyRequest, CarVerifyResult> = (_, { archive }, run) =>
  withArchive(archive, async ({ fd, size }) => {
    const report = await verifyCar(new CarReader(fileSource(fd)), {
      signal: run.signal,
      onBytes: (bytes) => run.progress({ what: 'verifying', bytes, total: size }),
      warn: run.warn
    })
    const bad = report.bad.map(({ offset, cid, reason }) => ({ offset, cid: String(cid), reason }))
    const missing = report.missing.map(String)
    const unreadable = report.unreadable.map(({ cid, reason }) => ({ cid: String(cid), reason }))
    return {
      success: bad.length + missing.length + unreadable.length === 0,
      roots: report.roots.map(String),
      blocks: report.blocks,
      bad,
      missing,
      unreadable,
      hidden: report.hidden
    }
  })
