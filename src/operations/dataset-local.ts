/** The parts of a version as local Parquet files. */
import { mkdirSync, symlinkSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Cid } from '../core/cid.js'
import { usualMode } from '../core/new-file.js'
import type { Version } from '../datasets/version-block.js'
import type { ContentView } from './content-view.js'
import { partsOf } from './dataset-versions.js'
import { throwIfAborted, type Run } from './run.js'

/**
 * Returns files with the rows of a version, in order: those of the store where it has a part whole, else
 * copies. Those of a partitioned version lie in folders that are named for the values.
 * @param folder that is the caller's, for copies and links.
 */
export async function localParts(
  view: ContentView,
  version: Version,
  folder: string,
  run: Run
): Promise<string[]> {
  const files: string[] = []
  for (const [i, { cid, path }] of (await partsOf(view, version)).entries()) {
    const place = join(folder, dirname(path), `part-${i}.parquet`)
    const whole = view.content.contiguous(cid)?.path
    if (whole !== undefined && version.partitionBy.length === 0) {
      files.push(whole)
      continue
    }
    mkdirSync(dirname(place), { recursive: true })
    if (whole === undefined) await copyOut(view, cid, place, run)
    else symlinkSync(whole, place)
    files.push(place)
  }
  return files
}

const PIECE = 1 << 20

/** Writes a file of the content to a new local file. */
export async function copyOut(view: ContentView, cid: Cid, path: string, run: Run): Promise<void> {
  const file = await open(path, 'wx', usualMode('file'))
  try {
    const buffer = Buffer.allocUnsafe(PIECE)
    for (let position = 0; ;) {
      throwIfAborted(run)
      const count = await view.whenReady(() => view.content.read(cid, position, buffer, 0, PIECE))
      if (count === 0) return
      await file.write(buffer, 0, count, position)
      position += count
      run.progress({ what: 'writing', bytes: count })
    }
  } finally {
    await file.close()
  }
}
