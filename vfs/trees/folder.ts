/** What the folders have in common that no CID names: they are neither read nor linked. */
import { EMPTY, utf8 } from '../../src/core/bytes.js'
import { KitError } from '../../src/core/errors.js'
import { fingerprintOf, type Fingerprint } from '../identity.js'
import type { NodeStat } from '../../src/core/node-stat.js'
import type { ListedEntry, Tree, TreeNode } from '../tree.js'

export abstract class Folder implements TreeNode {
  abstract readonly tree: Tree
  abstract readonly isFixed: boolean
  abstract readonly hasRoots: boolean
  readonly key: Uint8Array = EMPTY

  abstract child(name: Uint8Array): TreeNode | undefined
  abstract list(from: number, emit: (entry: ListedEntry) => boolean): void

  /** When its entries last changed, ms since 1970; undefined where nobody knows. */
  protected changedAt(): number | undefined {
    return undefined
  }

  fingerprint(into: Fingerprint): void {
    fingerprintOf(utf8(this.tree.name), into)
  }

  stat(): NodeStat {
    const ms = this.changedAt()
    const mtime =
      ms === undefined
        ? undefined
        : { sec: Math.floor(ms / 1000), nsec: Math.floor((ms % 1000) * 1e6) }
    return { type: 'directory', size: 0, mode: undefined, mtime }
  }

  known(): NodeStat {
    return this.stat()
  }

  entryStat(key: Uint8Array): NodeStat {
    return this.tree.node(key).stat()
  }

  read(): never {
    throw new KitError('IS_A_DIRECTORY', `${this.tree.name} is a folder`)
  }

  contiguous(): undefined {
    return undefined
  }

  readlink(): never {
    throw new KitError('INVALID_ARGUMENT', `${this.tree.name} is not a symlink`)
  }

  attribute(): undefined {
    return undefined
  }
}
