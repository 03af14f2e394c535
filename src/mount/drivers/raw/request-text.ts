/** Describes a request of the kernel for the log: what is done to which path. */
import { printable } from '../../../core/printable.js'
import type { Vfs } from '../../../../vfs/vfs.js'
import { IN_HEADER, Op } from './protocol.js'

const NAMES = new Map<number, string>(Object.entries(Op).map(([name, op]) => [op, name.toLowerCase()])) // prettier-ignore

/** @param request a whole request. @returns text such as `read of ipfs/bafy…/a (bafk…)`. */
export function requestText(request: Buffer, vfs: Vfs): string {
  const op = request.readUInt32LE(4)
  const { path, cid } = vfs.describe(Number(request.readBigUInt64LE(16)))
  const kind = NAMES.get(op) ?? `request ${op}`
  // The name ends with a NUL.
  if (op === Op.LOOKUP)
    return `${kind} of ${join(path, printable(request.subarray(IN_HEADER, -1)))}`
  return `${kind} of ${path === '' ? 'the root' : path}${cid === undefined ? '' : ` (${cid})`}`
}

const join = (path: string, name: string): string => (path === '' ? name : `${path}/${name}`)
