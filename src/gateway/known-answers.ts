/**
 * Small files that were asked for before: what was found out about one holds for as long as its CID, so that asking
 * again costs no more than its bytes, which are read each time from where they are verified.
 */
import { LRUCache } from 'lru-cache'
import type { Cid } from '../core/cid.js'
import { isKitError } from '../core/errors.js'
import { NotReady } from '../core/not-ready.js'
import type { HttpCall } from '../http/http-call.js'
import { linesOfWhole, type Answer } from './answer.js'
import { authorityOf } from './hosts.js'

/** Bytes of the largest file that is read at once, number of answers, and letters of what one is known by. */
const MAX_SIZE = 16 << 10
const MAX_ANSWERS = 2048
const MAX_KEY = 1024
/** Memory of several answers: giving each its own costs more than filling it. */
const SLAB = 64 << 10

interface Known {
  readonly cid: Cid
  readonly size: number
  /** Names and values of headers. */
  readonly lines: string[]
}

/** What reading a known file needs; see `GatewayOptions`. */
interface Reading {
  readonly readHere: (cid: Cid, into: Uint8Array) => number
  readonly opened: (cid: Cid) => void
}

export class KnownAnswers {
  readonly #reading: Reading
  readonly #known = new LRUCache<string, Known>({ max: MAX_ANSWERS })
  #slab = Buffer.alloc(0)

  constructor(reading: Reading) {
    this.#reading = reading
  }

  /** Answers a request that asks for what is known and still here. Returns whether it did. */
  answer(call: HttpCall): boolean {
    const known = asksForWhole(call) ? this.#known.get(keyOf(call)) : undefined
    const bytes = known === undefined ? undefined : this.#bytesOf(known)
    if (known === undefined || bytes === undefined) return false
    this.#reading.opened(known.cid)
    call.response.writeHead(200, known.lines)
    call.response.end(bytes)
    return true
  }

  /** Keeps an answer that will be the same for as long as its content is here. */
  note(call: HttpCall, answer: Answer): void {
    const { body, status } = answer
    if (status !== 200 || !('cid' in body) || body.cid === undefined || body.size > MAX_SIZE) return
    const key = keyOf(call)
    if (!asksForWhole(call) || key.length > MAX_KEY) return
    const { cid, size } = body
    this.#known.set(key, { cid, size, lines: linesOfWhole(answer, size) })
  }

  /** Returns undefined where they need another way, which tells what is wrong with them, too. */
  #bytesOf({ cid, size }: Known): Buffer | undefined {
    if (this.#slab.length < size) this.#slab = Buffer.allocUnsafeSlow(SLAB)
    const bytes = this.#slab.subarray(0, size)
    this.#slab = this.#slab.subarray(size)
    try {
      return this.#reading.readHere(cid, bytes) === size ? bytes : undefined
    } catch (error) {
      if (isKitError(error) || error instanceof NotReady) return undefined
      throw error
    }
  }
}

function asksForWhole({ request: { method, headers } }: HttpCall): boolean {
  return (
    method === 'GET' &&
    headers.range === undefined &&
    headers['if-none-match'] === undefined &&
    headers['service-worker'] === undefined
  )
}

/** All that an answer depends on beside the content; no header has an end of line. */
const keyOf = ({ request }: HttpCall): string =>
  `${authorityOf(request)}\n${request.headers.accept ?? ''}\n${request.url ?? ''}`
