/**
 * The part of the FUSE kernel protocol that is spoken: reading all, and changing single files.
 * Source: include/uapi/linux/fuse.h, protocol 7.40. All numbers little-endian (x86-64, arm64).
 */
export const Op = {
  LOOKUP: 1,
  FORGET: 2,
  GETATTR: 3,
  SETATTR: 4,
  READLINK: 5,
  SYMLINK: 6,
  MKNOD: 8,
  MKDIR: 9,
  UNLINK: 10,
  RMDIR: 11,
  RENAME: 12,
  LINK: 13,
  OPEN: 14,
  READ: 15,
  WRITE: 16,
  STATFS: 17,
  RELEASE: 18,
  FSYNC: 20,
  SETXATTR: 21,
  GETXATTR: 22,
  LISTXATTR: 23,
  REMOVEXATTR: 24,
  FLUSH: 25,
  INIT: 26,
  OPENDIR: 27,
  READDIR: 28,
  RELEASEDIR: 29,
  FSYNCDIR: 30,
  ACCESS: 34,
  CREATE: 35,
  INTERRUPT: 36,
  DESTROY: 38,
  IOCTL: 39,
  POLL: 40,
  BATCH_FORGET: 42,
  FALLOCATE: 43,
  READDIRPLUS: 44,
  RENAME2: 45,
  LSEEK: 46,
  COPY_FILE_RANGE: 47,
  TMPFILE: 51,
  STATX: 52
} as const

/** Codes of notifications, sent in the error field with unique 0. */
export const NOTIFY_INVAL_INODE = 2
export const NOTIFY_STORE = 4
/** Since Linux 6.18: lets go of nodes that nobody uses. */
export const NOTIFY_PRUNE = 9

export const MAJOR = 7
export const MINOR = 40

/** fuse_in_header: length u32, opcode u32, unique u64, nodeid u64, uid, gid, pid u32, padding. */
export const IN_HEADER = 40
/** fuse_out_header: length u32, error i32, unique u64. */
export const OUT_HEADER = 16
/** fuse_entry_out, and fuse_attr_out. */
export const ENTRY_BYTES = 128
export const ATTR_OUT_BYTES = 104
/** Where these two have struct fuse_attr, and where that has its size and its mode. */
export const ATTR_AT_ENTRY = 40
export const ATTR_AT_OUT = 16
export const ATTR_SIZE = 8
export const ATTR_MODE = 60
/** fuse_dirent without its name; names are padded to eight bytes. */
export const DIRENT_BYTES = 24

/** fuse_open_out. */
export const OPEN_OUT_BYTES = 16
/** fuse_write_in without its data. */
export const WRITE_IN_BYTES = 40

/** Bits of fuse_setattr_in.valid. */
export const SetAttr = {
  MODE: 1 << 0,
  UID: 1 << 1,
  GID: 1 << 2,
  SIZE: 1 << 3,
  ATIME: 1 << 4,
  MTIME: 1 << 5,
  ATIME_NOW: 1 << 7,
  MTIME_NOW: 1 << 8
} as const

/** Flags of renameat2(2). */
export const Rename = { NOREPLACE: 1 } as const

export const InitFlag = {
  ASYNC_READ: 1 << 0,
  BIG_WRITES: 1 << 5,
  AUTO_INVAL_DATA: 1 << 12,
  DO_READDIRPLUS: 1 << 13,
  PARALLEL_DIROPS: 1 << 18,
  MAX_PAGES: 1 << 22,
  CACHE_SYMLINKS: 1 << 23,
  INIT_EXT: 1 << 30
} as const

/** Bits of the second word of flags, sent and answered with INIT_EXT. */
export const InitFlag2 = { PASSTHROUGH: 1 << 5 } as const

export const OpenFlag = { DIRECT_IO: 1, KEEP_CACHE: 2, CACHE_DIR: 8, PASSTHROUGH: 128 } as const

/** Pages of the largest read: 1 MiB. */
export const MAX_PAGES = 256
export const MAX_READ = MAX_PAGES * 4096
/** Largest write, which bounds requests. Files that can be written are texts of some kilobytes. */
export const MAX_WRITE = 64 * 1024
export const REQUEST_BUFFER = MAX_WRITE + 64 * 1024

/** Returns the number of a request: unique u64 of its header. */
export function uniqueOf(request: Uint8Array): number {
  const view = new DataView(request.buffer, request.byteOffset, request.byteLength)
  return view.getUint32(8, true) + view.getUint32(12, true) * 0x1_0000_0000
}
