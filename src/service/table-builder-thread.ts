/** The thread side of TableBuilders: builds the requested tables one after the other. */
import { parentPort } from 'node:worker_threads'
import { toKitError } from '../core/errors.js'
import type { BuiltTable } from './table-builders.js'

/**
 * Answers requests until the thread ends.
 * @param build builds one table; it returns the bytes where they could not be stored.
 */
export function answerTableRequests(build: (cid: Uint8Array) => Uint8Array | undefined): void {
  parentPort!.on('message', (cid: Uint8Array) => {
    const answer = answerOf(() => build(cid))
    const bytes = answer.type === 'done' ? answer.unsaved : undefined
    parentPort!.postMessage(answer, bytes === undefined ? [] : [bytes.buffer as ArrayBuffer])
  })
}

function answerOf(build: () => Uint8Array | undefined): BuiltTable {
  try {
    return { type: 'done', unsaved: build() }
  } catch (error) {
    const { code, message } = toKitError(error)
    return { type: 'failed', code, message }
  }
}
