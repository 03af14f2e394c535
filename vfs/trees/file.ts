/** What the files have in common that no CID names: they have no entries and are no links. */
import { KitError } from '../../src/core/errors.js'
import { NotReady } from '../../src/core/not-ready.js'
import { fingerprintOf, type Fingerprint } from '../identity.js'
import type { NodeStat } from '../../src/core/node-stat.js'
import type { Tree, TreeNode } from '../tree.js'

export abstract class File implements TreeNode {
  readonly tree: Tree
  readonly key: Uint8Array
  abstract readonly isFixed: boolean
  readonly hasRoots = false

  constructor(tree: Tree, key: Uint8Array) {
    this.tree = tree
    this.key = key
  }

  abstract stat(): NodeStat
  abstract read(position: number, target: Uint8Array, at: number, length: number): number

  fingerprint(into: Fingerprint): void {
    fingerprintOf(this.key, into)
  }

  known(): NodeStat | undefined {
    try {
      return this.stat()
    } catch (error) {
      if (error instanceof NotReady || error instanceof KitError) return undefined
      throw error
    }
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
