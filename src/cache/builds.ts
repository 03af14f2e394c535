/** Whole files of the disk tier that are assembled leaf by leaf while they are fetched. */
import { toHex } from '../core/bytes.js'
import type { Cid } from '../core/cid.js'
import type { BlockRecord } from '../store/ports.js'
import { newRecord } from '../store/record.js'
import type { FetchedMeta } from './origin.js'
import type { DiskTier } from './disk-tier.js'

/**
 * Bytes that the leaves of an assembled file have on average at least. Each of them is remembered
 * until the file is complete, which for leaves of a byte would be the memory of the machine.
 */
const MIN_MEAN_LEAF = 4096
/** Leaves that a file may have in any case. */
const MIN_LEAVES = 1024

/** A file that is being assembled. */
export interface FileBuild {
  readonly object: number
  readonly size: number
  /** Offsets of the leaves that were written, and the sum of their bytes. */
  readonly leaves: Set<number>
  filled: number
}

/** A leaf and its bytes of the file; `framed` where the block is a dag-pb frame around them. */
export interface BuildLeaf {
  readonly cid: Cid
  readonly meta: FetchedMeta
  readonly payload: Uint8Array
  readonly framed: boolean
  /** Whether the block can be rebuilt from the file, so that it gets a record there. */
  readonly stored: boolean
}

export interface BuildPorts {
  readonly disk: DiskTier
  /** Whether a root is in the cache and has no whole file yet. */
  readonly isWanted: (root: Cid) => boolean
  readonly place: (
    key: Uint8Array,
    record: BlockRecord,
    at: { readonly object: number; readonly offset: number },
    from: string | undefined
  ) => void
  /** Called once every byte of a file is written. */
  readonly completed: (root: Cid, object: number) => void
  readonly diskFailed: (error: unknown) => void
}

/** The files under assembly, by their root. */
export class FileBuilds {
  readonly #ports: BuildPorts
  readonly #builds = new Map<string, FileBuild>()
  #closed = false

  constructor(ports: BuildPorts) {
    this.#ports = ports
  }

  /**
   * Returns the build of a file, starting it if needed.
   * @param root must be in the cache.
   * @returns undefined if the file is whole already, or too large for the disk tier.
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

  /** Returns whether a build goes on; eviction of its object ends it. */
  isUnderWay(root: Cid, build: FileBuild): boolean {
    return !this.#closed && this.#builds.get(toHex(root.key)) === build
  }

  /** Writes a leaf at its offset in the file. @returns whether it can be read from there. */
  async putLeaf(root: Cid, build: FileBuild, offset: number, leaf: BuildLeaf): Promise<boolean> {
    const { cid, meta, payload, framed, stored } = leaf
    const { disk, place, completed, diskFailed } = this.#ports
    if (!this.isUnderWay(root, build)) return false
    if (build.leaves.size > Math.max(MIN_LEAVES, build.size / MIN_MEAN_LEAF)) {
      this.#builds.delete(toHex(root.key))
      return false
    }
    const written = await disk.writeAt(build.object, offset, payload).catch((error: unknown) => {
      diskFailed(error)
      this.#builds.delete(toHex(root.key))
      return false
    })
    // The object may have been evicted while the write was under way.
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

  /** Ends the build of an object that was evicted. */
  cancel(object: number): void {
    for (const [key, build] of this.#builds) if (build.object === object) this.#builds.delete(key)
  }

  close(): void {
    this.#closed = true
    this.#builds.clear()
  }
}
