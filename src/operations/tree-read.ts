/** Reads a part of a file of the tree that a mount shows. */
import { KitError } from '../core/errors.js'
import type { Operation } from './operation.js'
import { throwIfAborted } from './run.js'
import { withTree } from './with-tree.js'

export interface TreeReadRequest {
  readonly path: string
  readonly offset: number
  /** Most bytes, which are held in memory. */
  readonly length: number
}

export interface TreeReadResult {
  /** Bytes of the whole file. */
  readonly size: number
  /** CID of content; null for what no CID names. */
  readonly cid: string | null
  readonly bytes: Uint8Array
}

/** @throws IS_A_DIRECTORY, and as `TreeView.node` and reading. */
export const treeRead: Operation<TreeReadRequest, TreeReadResult> = (services, request, run) =>
  withTree(services, run, async (tree) => {
    const { path, offset, length } = request
    const node = await tree.node(path)
    const { type, size } = await tree.whenReady(() => node.stat())
    if (type === 'directory') throw new KitError('IS_A_DIRECTORY', `${path} is a folder`)
    const bytes = Buffer.alloc(Math.max(0, Math.min(length, size - offset)))
    for (let done = 0; done < bytes.length;) {
      throwIfAborted(run)
      const at = done
      const count = await tree.whenReady(() => node.read(offset + at, bytes, at, bytes.length - at))
      if (count === 0) return { size, cid: node.attribute('user.ipfs.cid') ?? null, bytes: bytes.subarray(0, done) } // prettier-ignore
      done += count
    }
    return { size, cid: node.attribute('user.ipfs.cid') ?? null, bytes }
  })
