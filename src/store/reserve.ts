/**
 * A file that takes some room of the disk, so that what frees room can be written when the disk is
 * full: it is removed first, and made again afterwards.
 */
import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, fstatSync, rmSync, statfsSync } from 'node:fs'
import { isDiskFull, systemCode } from '../core/errors.js'
import { openOwn, writeFully } from '../core/fs-durable.js'
import type { StoreLayout } from './layout.js'

/** Bytes of the reserve: a manifest that names some 20,000 objects, and a line of the log of pins. */
const RESERVE = 1 << 20
/** The reserve of a small disk is this part of it. */
const MAX_SHARE = 1 / 64
/** Bytes written at a time, so that the last room of a disk is taken, too. */
const PIECE = 64 << 10

/** Makes the reserve as large as there is room for. It must be no reason to fail. */
export function keepReserve({ root, reserve }: StoreLayout): void {
  let fd: number | undefined
  try {
    const { blocks, bsize } = statfsSync(root)
    const wanted = Math.min(RESERVE, Math.floor(blocks * bsize * MAX_SHARE))
    fd = openOwn(reserve, 'append')
    for (let size = fstatSync(fd).size; size < wanted; size += PIECE)
      // Random bytes take their room on a disk that compresses, too.
      writeFully(fd, randomBytes(Math.min(PIECE, wanted - size)))
  } catch (error) {
    if (systemCode(error) === undefined) throw error
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}

/** Runs work that frees room; where the disk is full, again without the reserve. */
export function usingReserve<T>(layout: StoreLayout, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!isDiskFull(error) || !releaseReserve(layout)) throw error
    return work()
  }
}

/** Gives the room of the reserve to others. @returns whether there was any. */
function releaseReserve({ reserve }: StoreLayout): boolean {
  if (!existsSync(reserve)) return false
  rmSync(reserve)
  return true
}
