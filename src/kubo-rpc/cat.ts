/** `cat`: the bytes of files. */
import { cat } from '../operations/cat.js'
import { KitError } from '../core/errors.js'
import { sendBytes } from './answers.js'
import { argument, type KuboCall, type KuboCommands } from './call.js'
import { contentPath } from './paths.js'
import { nodeOf } from './node-of.js'

/** A part of a file. */
interface Part {
  readonly path: string
  readonly offset: number
  readonly length: number
}

export const catCommands: KuboCommands = {
  cat: async (call) => {
    const parts = await partsOf(call)
    const length = parts.reduce((sum, part) => sum + part.length, 0)
    await sendBytes(call.http, 'text/plain', bytesOf(call, parts), length)
  }
}

/** Returns what is asked for of several files, whose bytes are as those of one. */
async function partsOf(call: KuboCall): Promise<Part[]> {
  argument(call, 0, 'ipfs-path')
  const { services, run } = call
  let skip = Math.max(0, call.count('offset') ?? 0)
  let left = call.count('length') ?? Number.MAX_SAFE_INTEGER
  if (left < 0) throw new KitError('INVALID_ARGUMENT', 'cannot specify negative length')
  const parts: Part[] = []
  for (const text of call.args) {
    if (left === 0) break
    const path = contentPath(text)
    const { cid, type, size } = await nodeOf(services, path, run)
    if (type === 'directory') throw new KitError('IS_A_DIRECTORY', 'this dag node is a directory')
    const length = Math.max(0, Math.min(left, size - skip))
    if (length > 0) parts.push({ path: `/ipfs/${cid}`, offset: skip, length })
    skip = Math.max(0, skip - size)
    left -= length
  }
  return parts
}

async function* bytesOf(
  { services, run }: KuboCall,
  parts: readonly Part[]
): AsyncGenerator<Uint8Array, void, undefined> {
  for (const part of parts) yield* cat(services, part, run)
}
