/**
 * Keeps a version of a dataset as an Arrow file that programs map. It has the version's CID as its name and
 * never changes, so that it is written once, and found by whoever asks next.
 */
import { closeSync, existsSync, fsyncSync, openSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs' // prettier-ignore
import { dirname, join } from 'node:path'
import { fsyncDir, ifPresent, makeDir } from '../core/fs-durable.js'
import { temporaryBeside } from '../core/new-file.js'
import { versionsFolder } from '../ipc/layout.js'
import { datasetGet } from './dataset-get.js'
import { findVersion } from './dataset-versions.js'
import type { Operation } from './operation.js'
import { withContent } from './with-content.js'

/** Files that are kept; of more, those go that were not asked for the longest. */
const MAX_FILES = 32

export interface DatasetMapped {
  readonly cid: string
  /** Path of the file. Who has mapped it keeps it, even when it goes. */
  readonly output: string
  readonly bytes: number
}

/** @throws as `datasetGet`. */
export const datasetMap: Operation<{ readonly ref: string }, DatasetMapped> = async (
  services,
  { ref },
  run
) => {
  const found = await withContent(services, run, true, (view) => findVersion(services.home, view, ref)) // prettier-ignore
  const cid = String(found.cid)
  const output = join(versionsFolder(services.home), `${cid}.arrow`)
  if (!existsSync(output)) {
    makeDir(dirname(output))
    // Of its own: others may ask for the same meanwhile.
    const temporary = temporaryBeside(output)
    try {
      await datasetGet(services, { ref: cid, output: temporary, format: 'arrow' }, run)
      adopt(temporary, output)
    } finally {
      rmSync(temporary, { force: true })
    }
  }
  // The time tells when it was asked for last.
  const now = new Date()
  utimesSync(output, now, now)
  return { cid, output, bytes: statSync(output).size }
}

/** Gives a file its name when it is on the disk: nobody could tell by it that a part is missing. */
function adopt(temporary: string, output: string): void {
  const fd = openSync(temporary, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
  dropOldest(dirname(output))
  renameSync(temporary, output)
  fsyncDir(dirname(output))
}

function dropOldest(folder: string): void {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.arrow'))
    .map((name) => {
      const path = join(folder, name)
      return { path, usedAt: ifPresent(() => statSync(path).mtimeMs) ?? 0 }
    })
    .sort((a, b) => b.usedAt - a.usedAt)
  for (const { path } of files.slice(MAX_FILES - 1)) rmSync(path, { force: true })
}
