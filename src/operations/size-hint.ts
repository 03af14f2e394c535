/** Estimates how large a DAG is, for progress alone: what its root claims is not verified. */
import { DAG_PB, type Cid } from '../core/cid.js'
import { isKitError } from '../core/errors.js'
import { NotReady } from '../core/not-ready.js'
import { decodePb } from '../formats/dag-pb.js'
import type { ContentView } from './content-view.js'

/** Returns the bytes of a file, or of all blocks of a folder; undefined where nobody knows. */
export function sizeHint({ content }: ContentView, cid: Cid): number | undefined {
  try {
    const { type, size } = content.stat(cid)
    if (type !== 'directory' || cid.codec !== DAG_PB) return size
    const block = content.blocks.get(cid)
    const { tsizes, count } = decodePb(block)
    const below = tsizes.subarray(0, count)
    return below.every((tsize) => tsize >= 0)
      ? below.reduce((sum, tsize) => sum + tsize, block.length)
      : undefined
  } catch (error) {
    if (error instanceof NotReady || isKitError(error)) return undefined
    throw error
  }
}

/** Returns the field of a progress message, which is absent where nothing is known. */
export const totalOf = (total: number | undefined): { readonly total?: number } =>
  total === undefined ? {} : { total }
