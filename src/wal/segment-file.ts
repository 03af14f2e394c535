/** Makes and closes the files of segments without holding up the thread. */
import { close, fsync, open, rename, unlink, write } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { openOwn } from '../core/fs-durable.js'
import { encodeHeader, SEGMENT_HEADER, segmentName } from './segment.js'

export const closeFd = promisify(close)
const openFd = promisify(open)
const sync = promisify(fsync)
const move = promisify(rename)
export const removeFile = promisify(unlink)
const writeAt = promisify(write)

/** The end of the name of a segment that is still being made. */
export const UNFINISHED = '.tmp'

export interface OpenSegment {
  readonly fd: number
  /** Bytes in it. */
  readonly size: number
}

/** Makes a segment that is durable under its name, so that a segment never lacks its header. */
export async function createSegment(folder: string, first: number): Promise<OpenSegment> {
  const path = join(folder, segmentName(first))
  const fd = openOwn(path + UNFINISHED, 'replace')
  try {
    const header = encodeHeader(first)
    await writeAt(fd, header, 0, header.length, 0)
    await sync(fd)
    await move(path + UNFINISHED, path)
    await syncFolder(folder)
  } catch (error) {
    await closeFd(fd)
    throw error
  }
  return { fd, size: SEGMENT_HEADER }
}

export async function syncFolder(folder: string): Promise<void> {
  const fd = await openFd(folder, 'r')
  try {
    await sync(fd)
  } finally {
    await closeFd(fd)
  }
}
