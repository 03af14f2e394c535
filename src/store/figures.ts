/** What the store of a home amounts to, for reports. */
import { readdir, stat } from 'node:fs/promises'
import { statfsSync } from 'node:fs'
import { join } from 'node:path'
import { systemCode } from '../core/errors.js'
import { utf8 } from '../core/bytes.js'
import { replaceFile } from '../core/fs-durable.js'
import { readTextIfAny } from '../core/read-file.js'
import type { StoreLayout } from './layout.js'
import type { Manifest } from './manifest.js'
import { readScrubReport, type ScrubReport } from './scrub-report.js'

/** Sizes are bytes. */
export interface StoreFigures {
  readonly blocks: number
  /** Bytes of packs and whole files; null until they were counted. */
  readonly bytes: number | null
  readonly pins: number
  /** Free space of the disk, for this user. */
  readonly freeBytes: number
  /** When garbage was collected last; null for never. */
  readonly lastGcAt: string | null
  readonly scrub: ScrubReport
}

/** @param fileBytes of the whole files; undefined until they were counted. */
export function storeFigures(
  layout: StoreLayout,
  { segments, packs }: Manifest,
  pins: number,
  fileBytes: number | undefined
): StoreFigures {
  const { bavail, bsize } = statfsSync(layout.home)
  const inPacks = packs.reduce((sum, { bytes }) => sum + bytes, 0)
  return {
    blocks: segments.reduce((sum, { records }) => sum + records, 0),
    bytes: fileBytes === undefined ? null : inPacks + fileBytes,
    pins,
    freeBytes: bavail * bsize,
    lastGcAt: lastGcAt(layout),
    scrub: readScrubReport(layout)
  }
}

/** Counts the bytes of the whole files of a store, of which there may be many. */
export async function countFileBytes(layout: StoreLayout): Promise<number> {
  let sum = 0
  for (const folder of await namesIn(layout.files))
    for (const name of await namesIn(join(layout.files, folder)))
      sum += await sizeOf(join(layout.files, folder, name))
  return sum
}

const namesIn = (folder: string): Promise<string[]> => unlessGone(readdir(folder), [])

const sizeOf = (path: string): Promise<number> =>
  unlessGone(
    stat(path).then(({ size }) => size),
    0
  )

/** Others may remove files while they are counted. */
async function unlessGone<T>(found: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await found
  } catch (error) {
    const code = systemCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return otherwise
    throw error
  }
}

const lastGcPath = ({ root }: StoreLayout): string => join(root, 'last-gc')

/** Records that garbage was collected. */
export const noteGc = (layout: StoreLayout, at: Date): void =>
  replaceFile(lastGcPath(layout), utf8(`${at.toISOString()}\n`))

function lastGcAt(layout: StoreLayout): string | null {
  const text = readTextIfAny(lastGcPath(layout))?.trim()
  return text === undefined || Number.isNaN(Date.parse(text)) ? null : text
}
