/** The reply buffer of a thread, filled in place and written with one call. */
import { BLOCK_SIZE, type Attr, type Certainty } from '../../../../vfs/attr.js'
import type { DirEntry } from '../../../../vfs/dir-entry.js'
import { CHANGING_TTL_S, CLAIMED_TTL_S, FIXED_TTL_S } from '../../validity.js'
import { ATTR_AT_ENTRY, ATTR_AT_OUT, ATTR_MODE, ATTR_SIZE, DIRENT_BYTES, ENTRY_BYTES, OUT_HEADER } from './protocol.js' // prettier-ignore

const DT = { file: 8, directory: 4, symlink: 10 } as const
const DT_UNKNOWN = 0

/** Seconds for which the kernel may cache attributes. */
const SECONDS: Readonly<Record<Certainty, number>> = {
  fixed: FIXED_TTL_S,
  claimed: CLAIMED_TTL_S,
  changing: CHANGING_TTL_S,
  // Asked for at each read, so that the kernel drops its pages when the time of the file is another.
  written: 0
}

export interface Owner {
  readonly uid: number
  readonly gid: number
}

export class Reply {
  readonly bytes: Buffer
  readonly #view: DataView
  readonly #owner: Owner

  /** @param bytes begin their memory. */
  constructor(bytes: Buffer, owner: Owner) {
    this.bytes = bytes
    this.#view = new DataView(bytes.buffer)
    this.#owner = owner
  }

  /** Writes the header of an answer of `length` payload bytes. @returns bytes to write. */
  finish(uniqueLow: number, uniqueHigh: number, length: number, errno: number): number {
    const view = this.#view
    view.setUint32(0, OUT_HEADER + length, true)
    view.setInt32(4, -errno, true)
    view.setUint32(8, uniqueLow, true)
    view.setUint32(12, uniqueHigh, true)
    return OUT_HEADER + length
  }

  /** The errno of the answer that `finish` made; 0 for none. */
  get errno(): number {
    return -this.#view.getInt32(4, true)
  }

  u32(at: number, value: number): void {
    this.#view.setUint32(OUT_HEADER + at, value, true)
  }

  u16(at: number, value: number): void {
    this.#view.setUint16(OUT_HEADER + at, value, true)
  }

  u64(at: number, value: number): void {
    this.u32(at, value % 0x1_0000_0000)
    this.u32(at + 4, Math.floor(value / 0x1_0000_0000))
  }

  i64(at: number, value: number): void {
    // Two words, because a BigInt for each time of each entry took a tenth of a listing.
    this.#view.setUint32(OUT_HEADER + at, value >>> 0, true)
    this.#view.setInt32(OUT_HEADER + at + 4, Math.floor(value / 0x1_0000_0000), true)
  }

  zero(length: number): void {
    this.bytes.fill(0, OUT_HEADER, OUT_HEADER + length)
  }

  put(at: number, bytes: Uint8Array): void {
    this.bytes.set(bytes, OUT_HEADER + at)
  }

  /** Writes struct fuse_attr at a payload offset. */
  #attr(at: number, attr: Attr): void {
    this.u32(at, attr.inoLow)
    this.u32(at + 4, attr.inoHigh)
    this.u64(at + ATTR_SIZE, attr.size)
    this.u64(at + 16, Math.ceil(attr.size / 512))
    this.i64(at + 24, attr.mtimeSec)
    this.i64(at + 32, attr.mtimeSec)
    this.i64(at + 40, attr.ctimeSec)
    this.u32(at + 48, attr.mtimeNsec)
    this.u32(at + 52, attr.mtimeNsec)
    this.u32(at + 56, attr.ctimeNsec)
    this.u32(at + ATTR_MODE, attr.mode)
    this.u32(at + 64, 1)
    this.u32(at + 68, this.#owner.uid)
    this.u32(at + 72, this.#owner.gid)
    this.u32(at + 76, 0)
    this.u32(at + 80, BLOCK_SIZE)
    this.u32(at + 84, 0)
  }

  /**
   * Writes struct fuse_entry_out of a node, to which the kernel then holds a reference.
   * @param generation tells the node from others that had its id, or will have it: to file handles.
   * @param nameTtl seconds for which the kernel may cache the name.
   */
  entry(at: number, id: number, generation: number, attr: Attr, nameTtl: number): void {
    const seconds = SECONDS[attr.certainty]
    this.u64(at, id)
    // The kernel keeps 32 bits of it.
    this.u32(at + 8, generation)
    this.u32(at + 12, 0)
    this.u64(at + 16, id === 0 ? 0 : nameTtl)
    this.u64(at + 24, seconds)
    this.u32(at + 32, 0)
    this.u32(at + 36, 0)
    this.#attr(at + ATTR_AT_ENTRY, attr)
  }

  /** Writes an entry for a missing name, which the kernel may cache in a fixed folder. */
  negativeEntry(): void {
    this.zero(ENTRY_BYTES)
    this.u64(16, FIXED_TTL_S)
  }

  /** Writes struct fuse_attr_out. */
  attrOut(attr: Attr): void {
    this.u64(0, SECONDS[attr.certainty])
    this.u32(8, 0)
    this.u32(12, 0)
    this.#attr(ATTR_AT_OUT, attr)
  }

  /** Returns the bytes of a directory entry. */
  static direntLength(nameLength: number, plus: boolean): number {
    return ((plus ? ENTRY_BYTES : 0) + DIRENT_BYTES + nameLength + 7) & ~7
  }

  /** Writes struct fuse_entry_out of an entry without a node. */
  noEntry(at: number): void {
    this.bytes.fill(0, OUT_HEADER + at, OUT_HEADER + at + ENTRY_BYTES)
  }

  /** Writes struct fuse_dirent. */
  dirent(at: number, entry: DirEntry): void {
    const { name, type } = entry
    this.u32(at, entry.numberLow)
    this.u32(at + 4, entry.numberHigh)
    this.u64(at + 8, entry.cookie)
    this.u32(at + 16, name.length)
    this.u32(at + 20, type === undefined ? DT_UNKNOWN : DT[type])
    this.put(at + DIRENT_BYTES, name)
  }
}
