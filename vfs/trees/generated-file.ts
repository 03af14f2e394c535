/** A file whose bytes a tree makes itself. What makes them says what they are; the rest is the same for all. */
import { KitError } from '../../src/core/errors.js'
import { NotReady } from '../../src/core/not-ready.js'
import { fingerprintOf, type Fingerprint } from '../identity.js'
import type { NodeStat } from '../../src/core/node-stat.js'
import type { Tree, TreeNode } from '../tree.js'

export abstract class GeneratedFile implements TreeNode {
  readonly tree: Tree
  readonly key: Uint8Array
  /** Other bytes have another key. */
  readonly isFixed = true
  readonly hasRoots = false

  constructor(tree: Tree, key: Uint8Array) {
    this.tree = tree
    this.key = key
  }

  /** Its bytes, and since when they are these, ms since 1970. @throws NotReady, STALE. */
  protected abstract content(): { readonly bytes: Uint8Array; readonly changedAt: number }

  fingerprint(into: Fingerprint): void {
    fingerprintOf(this.key, into)
  }

  stat(): NodeStat {
    const { bytes, changedAt } = this.content()
    const mtime = { sec: Math.floor(changedAt / 1000), nsec: (changedAt % 1000) * 1_000_000 }
    return { type: 'file', size: bytes.length, mode: undefined, mtime }
  }

  known(): NodeStat | undefined {
    try {
      return this.stat()
    } catch (error) {
      if (error instanceof NotReady || error instanceof KitError) return undefined
      throw error
    }
  }

  read(position: number, target: Uint8Array, at: number, length: number): number {
    const part = this.content().bytes.subarray(position, position + length)
    target.set(part, at)
    return part.length
  }

  child(): never {
    throw new KitError('NOT_A_DIRECTORY', 'a file has no entries')
  }

  list(): never {
    throw new KitError('NOT_A_DIRECTORY', 'a file has no entries')
  }

  entryStat(): never {
    throw new KitError('NOT_A_DIRECTORY', 'a file has no entries')
  }

  contiguous(): undefined {
    return undefined
  }

  readlink(): never {
    throw new KitError('INVALID_ARGUMENT', 'a file is not a symlink')
  }

  attribute(): undefined {
    return undefined
  }
}
