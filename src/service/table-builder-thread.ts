/** The other end of the Preparer: makes what it is told to, one after the other. */
import { parentPort } from 'node:worker_threads'
import { toKitError } from '../core/errors.js'
import type { BuiltTable } from './table-builders.js'

/** @param prepare makes one thing; @returns its bytes where they could not be stored. */
export function answerTableRequests(prepare: (cid: Uint8Array) => Uint8Array | undefined): void {
  parentPort!.on('message', (cid: Uint8Array) => {
    const answer = attempt(() => prepare(cid))
    const bytes = answer.type === 'done' ? answer.unsaved : undefined
    parentPort!.postMessage(answer, bytes === undefined ? [] : [bytes.buffer as ArrayBuffer])
  })
}

function attempt(work: () => Uint8Array | undefined): BuiltTable {
  try {
    return { type: 'done', unsaved: work() }
  } catch (error) {
    const { code, message } = toKitError(error)
    return { type: 'failed', code, message }
  }
}
