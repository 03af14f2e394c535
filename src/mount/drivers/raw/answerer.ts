/** Answers the requests that a serving thread has read, and keeps the records of that. */
import type { CurrentRequests } from './current-requests.js'
import type { Operations } from './operations.js'
import type { ReplyWriter } from './reply-writer.js'
import type { RequestCounts } from './request-counts.js'

export class Answerer {
  readonly operations: Operations
  readonly #refresh: () => void
  readonly #replies: ReplyWriter
  readonly #currentRequests: CurrentRequests
  readonly #counts: RequestCounts
  readonly #place: number

  /**
   * @param refresh applies changes of the store to each request.
   * @param place index of the thread among those that serve.
   */
  constructor(
    operations: Operations,
    refresh: () => void,
    replies: ReplyWriter,
    currentRequests: CurrentRequests,
    counts: RequestCounts,
    place: number
  ) {
    this.operations = operations
    this.#refresh = refresh
    this.#replies = replies
    this.#currentRequests = currentRequests
    this.#counts = counts
    this.#place = place
  }

  /** Answers the request of `length` bytes in the buffer of the operations. */
  answer(length: number): void {
    const { operations } = this
    const { request } = operations
    if (operations.isWaitedFor)
      this.#currentRequests.begin(this.#place, request.readUInt32LE(8), request.readUInt32LE(12))
    this.#counts.count(request.readUInt32LE(4))
    const since = performance.now()
    const answer = operations.handle(length, this.#refresh)
    if (answer > 0) {
      this.#replies.write(operations, answer)
      this.#counts.answered(performance.now() - since)
    }
    this.#currentRequests.end(this.#place)
    operations.answered()
  }
}
