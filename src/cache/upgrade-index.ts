/** Takes over the index of a cache from before it grew with its records (IKC3). */
import { closeSync, fstatSync, lstatSync, openSync, readSync, renameSync, rmSync } from 'node:fs'
import { openOwn, writeFully } from '../core/fs-durable.js'
import { isDiskFull, systemCode } from '../core/errors.js'
import { READ_FLAGS } from '../core/read-file.js'
import { OBJECT_BYTES } from './object-table.js'
import { RECORD_BYTES } from './record-entry.js'
import { CHUNK_BYTES, CHUNK_RECORDS, chunksFor } from './record-chunks.js'

const OLD_MAGIC = 0x33434b49 // "IKC3"
const NEW_MAGIC = 0x34434b49 // "IKC4"
const HEADER = 4096
// Bytes of the header: the head of the table begins at HIGH_WATER, and what follows the old one was 0.
const RECORDS = 4
const OBJECTS = 12
const HIGH_WATER = 20

/** Replaces an old index by one that says the same. Without room for it, the cache begins anew. */
export function upgradeIndex(path: string): void {
  const fd = openIfFile(path)
  if (fd === undefined) return
  const temporary = `${path}.new`
  try {
    if (writeUpgraded(fd, temporary)) renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    if (!isDiskFull(error) && systemCode(error) === undefined) throw error
  } finally {
    closeSync(fd)
  }
}

/** Returns whether an index is of the format before, which readers do not understand. */
export function isOldIndex(path: string): boolean {
  const fd = openIfFile(path)
  if (fd === undefined) return false
  try {
    return bytesAt(fd, 0, 4).readUInt32LE(0) === OLD_MAGIC
  } finally {
    closeSync(fd)
  }
}

/** Opens a file; undefined for what cannot be opened, or is no file: the index is made anew then. */
function openIfFile(path: string): number | undefined {
  try {
    return lstatSync(path).isFile() ? openSync(path, READ_FLAGS) : undefined
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    return undefined
  }
}

/** @returns false for an index that is not old. */
function writeUpgraded(fd: number, path: string): boolean {
  const header = bytesAt(fd, 0, HEADER)
  if (header.readUInt32LE(0) !== OLD_MAGIC) return false
  const [capacity, objects] = [header.readUInt32LE(RECORDS), header.readUInt32LE(OBJECTS)]
  const buckets = 2 ** Math.ceil(Math.log2(Math.max(16, capacity / 2)))
  const objectsEnd = HEADER + objects * OBJECT_BYTES
  const records = objectsEnd + buckets * 4
  if (fstatSync(fd).size !== records + (capacity + 1) * RECORD_BYTES) return false
  const end = Math.min(header.readUInt32LE(HIGH_WATER), capacity + 1)
  header.writeUInt32LE(NEW_MAGIC, 0)
  const out = openOwn(path, 'replace')
  try {
    writeFully(out, header, 0)
    writeFully(out, bytesAt(fd, HEADER, objectsEnd - HEADER), HEADER)
    for (let chunk = 0; chunk < chunksFor(end); chunk++) {
      const first = chunk * CHUNK_RECORDS
      // The buckets stay 0: whoever opens it for writing builds all chains anew.
      const bytes = Buffer.alloc(CHUNK_BYTES)
      const count = Math.min(CHUNK_RECORDS, Math.max(0, end - first))
      bytesAt(fd, records + first * RECORD_BYTES, count * RECORD_BYTES).copy(bytes, CHUNK_BYTES - CHUNK_RECORDS * RECORD_BYTES) // prettier-ignore
      writeFully(out, bytes, objectsEnd + chunk * CHUNK_BYTES)
    }
  } finally {
    closeSync(out)
  }
  return true
}

function bytesAt(fd: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  readSync(fd, bytes, 0, length, position)
  return bytes
}
