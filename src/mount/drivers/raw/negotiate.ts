/** Answers INIT: selects from the features that the kernel offers. */
import type { OpenFiles } from './open-files.js'
import {
  IN_HEADER,
  InitFlag,
  InitFlag2,
  MAJOR,
  MAX_PAGES,
  MAX_READ,
  MAX_WRITE,
  MINOR
} from './protocol.js'
import type { Reply } from './reply.js'

const WANTED_FLAGS =
  InitFlag.ASYNC_READ |
  InitFlag.BIG_WRITES |
  // Where opens are not asked, the kernel keeps pages of files that programs write.
  InitFlag.AUTO_INVAL_DATA |
  InitFlag.PARALLEL_DIROPS |
  InitFlag.MAX_PAGES |
  InitFlag.CACHE_SYMLINKS |
  InitFlag.DO_READDIRPLUS |
  InitFlag.INIT_EXT

const INIT_OUT_BYTES = 64
/**
 * Maximum number of requests that the kernel sends in the background, and the number at which it reads
 * less far ahead. Reads ahead and releases of all files count, those that wait for a backend too: as
 * many as can be, lest these hold up the rest. Where this process has no privileges, the kernel takes
 * what it allows users.
 */
const MAX_BACKGROUND = 65_535
const CONGESTED = 49_152

/**
 * Answers INIT (struct fuse_init_in, fuse_init_out).
 * @param depth stacking depth of the store's file system.
 * @returns bytes of the payload.
 */
export function negotiate(
  request: DataView,
  length: number,
  reply: Reply,
  files: OpenFiles,
  depth: number
): number {
  const offered = request.getUint32(IN_HEADER + 12, true)
  const offered2 = length >= IN_HEADER + 20 ? request.getUint32(IN_HEADER + 16, true) : 0
  const passthrough = files.negotiate((offered2 & InitFlag2.PASSTHROUGH) !== 0)
  reply.zero(INIT_OUT_BYTES)
  reply.u32(0, MAJOR)
  reply.u32(4, MINOR)
  reply.u32(8, MAX_READ)
  reply.u32(12, (offered & WANTED_FLAGS) >>> 0)
  reply.u16(16, MAX_BACKGROUND)
  reply.u16(18, CONGESTED)
  reply.u32(20, MAX_WRITE)
  // Granularity of times: a nanosecond.
  reply.u32(24, 1)
  reply.u16(28, MAX_PAGES)
  if (passthrough) {
    reply.u32(32, InitFlag2.PASSTHROUGH)
    reply.u32(36, depth)
  }
  return INIT_OUT_BYTES
}
