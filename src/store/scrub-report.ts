/** What the scrub found, as `status` and the metrics show it. It outlives the engine in a file. */
import { join } from 'node:path'
import { systemCode } from '../core/errors.js'
import { utf8 } from '../core/bytes.js'
import { replaceFile } from '../core/fs-durable.js'
import { readFileIfAny } from '../core/read-file.js'
import { isKitError } from '../core/errors.js'
import type { StoreLayout } from './layout.js'

export interface DamagedBlock {
  readonly cid: string
  readonly path: string
  readonly reason: string
}

export interface ScrubReport {
  /** All bytes of the store were hashed at this time or later; null where some never were. */
  readonly hashedSince: string | null
  /** What is damaged and has no other copy anywhere: reading it fails. The first few. */
  readonly damaged: readonly DamagedBlock[]
  readonly damagedBlocks: number
  /** Blocks that were replaced by a copy from elsewhere, ever. */
  readonly healedBlocks: number
}

export const NO_SCRUB: ScrubReport = {
  hashedSince: null,
  damaged: [],
  damagedBlocks: 0,
  healedBlocks: 0
}

const pathOf = ({ root }: StoreLayout): string => join(root, 'scrub.json')

/** Returns the last report; one of nothing where there is none that can be read. */
export function readScrubReport(layout: StoreLayout): ScrubReport {
  try {
    const text = readFileIfAny(pathOf(layout), 'try again')?.toString('utf8') ?? '{}'
    const found = JSON.parse(text) as Partial<ScrubReport> | null
    return isReport(found) ? found : NO_SCRUB
  } catch (error) {
    if (isKitError(error) || error instanceof SyntaxError) return NO_SCRUB
    throw error
  }
}

const isReport = (found: Partial<ScrubReport> | null): found is ScrubReport =>
  typeof found === 'object' &&
  found !== null &&
  Array.isArray(found.damaged) &&
  found.damaged.every((one: Partial<DamagedBlock> | null) => typeof one?.path === 'string') &&
  Number.isSafeInteger(found.damagedBlocks) &&
  Number.isSafeInteger(found.healedBlocks) &&
  (found.hashedSince === null || typeof found.hashedSince === 'string')

/** A full disk must not end the scrub. */
export function writeScrubReport(layout: StoreLayout, report: ScrubReport): void {
  try {
    replaceFile(pathOf(layout), utf8(`${JSON.stringify(report)}\n`))
  } catch (error) {
    if (systemCode(error) === undefined) throw error
  }
}
