/**
 * Reads block files, on a thread of its own: with synchronous calls, which cost a fifth of
 * asynchronous ones for small files, and where a disk that hangs holds up nobody else.
 */
import { parentPort } from 'node:worker_threads'
import { readRegularFile } from '../../src/core/read-regular.js'
import { MAX_BLOCK } from '../facets/blocks.js'
import { repoFailure } from './errors.js'
import type { RepoAnswer, RepoFailure, RepoRequest } from './repo-messages.js'

function readBlock(path: string): Uint8Array<ArrayBuffer> | RepoFailure {
  try {
    return readRegularFile(path, MAX_BLOCK)
  } catch (error) {
    return repoFailure(error, path)
  }
}

parentPort!.on('message', ({ id, paths }: RepoRequest) => {
  const blocks = paths.map(readBlock)
  const answer: RepoAnswer = { id, blocks }
  const transfer = blocks.flatMap((block) => (block instanceof Uint8Array ? [block.buffer] : []))
  parentPort!.postMessage(answer, transfer)
})
