/** Tells what lies at a path, with the errors of a path as Kubo tells them. */
import { KitError } from '../core/errors.js'
import { dagResolve } from '../operations/dag-resolve.js'
import { nodeAt, type NodeAt } from '../operations/node-at.js'
import type { Run } from '../operations/run.js'
import type { Services } from '../operations/services.js'

/** @throws INVALID_ARGUMENT for a value inside a block. */
export async function nodeOf(services: Services, path: string, run: Run): Promise<NodeAt> {
  const { cid, rest } = await dagResolve(services, { path }, run)
  if (rest === '') return await nodeAt(services, { path: `/ipfs/${cid}` }, run)
  throw new KitError('INVALID_ARGUMENT', `${path} is a value inside a block, and no file`)
}
