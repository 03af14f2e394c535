/** Files that are true for a while only, as nothing on the disk tells when they are no more. */
import { rmSync } from 'node:fs'
import { makeSubfolder } from '../core/fs-durable.js'
import { ArrowFileWriter } from './arrow-file-writer.js'
import { ipcFolder, streamPath } from './layout.js'
import { STREAMS, type Row, type StreamName } from './streams.js'

/** Key of the metadata of a schema: seconds since 1970 until which the file counts. */
export const VALID_UNTIL_KEY = 'ipfs_kit.valid_until'

/** @param validUntil seconds since 1970. */
export function writeMoment(
  home: string,
  name: StreamName,
  rows: readonly Row[],
  validUntil: number
): void {
  // A home that was moved away is not made again.
  makeSubfolder(ipcFolder(home))
  const metadata = { 'ipfs_kit.stream': name, [VALID_UNTIL_KEY]: String(validUntil) }
  const writer = new ArrowFileWriter(streamPath(home, name), STREAMS[name], metadata)
  try {
    for (const row of rows) writer.push(row)
    // After a crash of the machine nobody believes it any more.
    writer.finish(false)
  } finally {
    writer.abandon()
  }
}

export const removeStream = (home: string, name: StreamName): void =>
  rmSync(streamPath(home, name), { force: true })
