/** Files of the disk tier that are being put together, leaf by leaf, as they are fetched. */
import { toHex } from '../core/bytes.js'
import type { Cid } from '../core/cid.js'
import type { BlockRecord } from '../store/ports.js'
import { newRecord } from '../store/record.js'
import type { FetchedMeta } from './origin.js'
import type { DiskTier } from './disk-tier.js'

/** A file that is being put together. */
export interface FileBuild {
  readonly object: number
  readonly size: number
  /** Offsets of the leaves that are there, and their bytes together. */
  readonly leaves: Set<number>
  filled: number
}

/** A leaf, and its bytes as the file has them; `framed` where the block is those in their frame. */
export interface BuildLeaf {
  readonly cid: Cid
  readonly meta: FetchedMeta
  readonly payload: Uint8Array
  readonly framed: boolean
  /** Whether the block can be read back from the file. */
  readonly stored: boolean
}

export interface BuildPorts {
  readonly disk: DiskTier
  /** Whether a file can be put together for a root that is in the cache: it is not whole yet. */
  readonly isWanted: (root: Cid) => boolean
  readonly place: (
    key: Uint8Array,
    record: BlockRecord,
    at: { readonly object: number; readonly offset: number },
    from: string | undefined
  ) => void
  /** Every byte of a file is there. */
  readonly completed: (root: Cid, object: number) => void
  readonly diskFailed: (error: unknown) => void
}

export class FileBuilds {
  readonly #ports: BuildPorts
  readonly #builds = new Map<string, FileBuild>()
  #closed = false

  constructor(ports: BuildPorts) {
    this.#ports = ports
  }

  /**
   * Begin to put a file together, or go on with it.
   * @param root must be in the cache. @returns undefined where it is whole already, or too large.
   */
  build(root: Cid, size: number): FileBuild | undefined {
    if (this.#closed) return undefined
    const key = toHex(root.key)
    const known = this.#builds.get(key)
    if (known !== undefined) return known
    const object = this.#ports.isWanted(root) ? this.#create(size) : undefined
    if (object === undefined) return undefined
    const build = { object, size, leaves: new Set<number>(), filled: 0 }
    this.#builds.set(key, build)
    return build
  }

  #create(size: number): number | undefined {
    try {
      return this.#ports.disk.createFile(size)
    } catch (error) {
      this.#ports.diskFailed(error)
      return undefined
    }
  }

  /** Whether a build is still wanted: room may have been needed for something else. */
  isUnderWay(root: Cid, build: FileBuild): boolean {
    return !this.#closed && this.#builds.get(toHex(root.key)) === build
  }

  /** Put a leaf where it belongs in its file. @returns whether it is there, good to be read. */
  async putLeaf(root: Cid, build: FileBuild, offset: number, leaf: BuildLeaf): Promise<boolean> {
    const { cid, meta, payload, framed, stored } = leaf
    const { disk, place, completed, diskFailed } = this.#ports
    if (!this.isUnderWay(root, build)) return false
    const written = await disk.writeAt(build.object, offset, payload).catch((error: unknown) => {
      diskFailed(error)
      this.#builds.delete(toHex(root.key))
      return false
    })
    if (!written || !this.isUnderWay(root, build)) return false
    if (stored) {
      const record = newRecord(cid, meta, { length: payload.length, framed })
      place(cid.key, record, { object: build.object, offset }, meta.from)
    }
    if (!build.leaves.has(offset)) {
      build.leaves.add(offset)
      build.filled += payload.length
    }
    if (build.filled === build.size) {
      this.#builds.delete(toHex(root.key))
      completed(root, build.object)
    }
    return true
  }

  /** An object was let go of. */
  gone(object: number): void {
    for (const [key, build] of this.#builds) if (build.object === object) this.#builds.delete(key)
  }

  close(): void {
    this.#closed = true
    this.#builds.clear()
  }
}
