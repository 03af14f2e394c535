/**
 * Has the bytes of answers to reads copied from where they were decrypted to where they are wanted.
 * ssh2 gathers each answer in memory of its own first: for each MiB that is read one more MiB is
 * taken from the system and given back, which costs more than to decrypt it.
 */
import type { SFTPWrapper } from 'ssh2'

/** A read that waits for its answer. */
interface ReadRequest {
  readonly buffer?: Buffer
  readonly cb?: (error: undefined, buffer: Buffer, count: number) => void
}

/** Parts of ssh2 that its types do not name. */
export interface PacketParser {
  /** Takes the next bytes of the channel; null at its end. */
  push: (data: Buffer | null) => void
  /** By their numbers. */
  readonly _requests: Record<number, ReadRequest | undefined>
}

const DATA = 103
/** Bytes of the length of a packet and its type, and of what lies before the bytes of an answer. */
const [START, HEAD] = [5, 13]
/** Bytes of a packet that its length does not count, and of an answer before its bytes. */
const [LENGTH, BEFORE] = [4, 9]

/** The bytes of an answer that are still to come. */
interface Answer {
  readonly id: number
  readonly request: ReadRequest
  readonly buffer: Buffer
  readonly length: number
  done: number
}

/** Cuts the bytes of a channel into packets, and gives ssh2 all that are no answers to reads. */
class Splitter {
  readonly #parser: PacketParser
  readonly #push: PacketParser['push']
  readonly #head = Buffer.alloc(HEAD)
  #headLength = 0
  #answer: Answer | undefined
  /** Bytes of the packet that ssh2 is given, which are still to come. */
  #passed = 0

  constructor(parser: PacketParser) {
    this.#parser = parser
    this.#push = parser.push.bind(parser)
  }

  push(data: Buffer | null): void {
    if (data === null) return this.#push(data)
    for (let at = 0; at < data.length;) {
      if (this.#answer !== undefined) at += this.#fill(this.#answer, data, at)
      else if (this.#passed > 0) at += this.#pass(data, at)
      else at += this.#begin(data, at)
    }
  }

  /** Each gives the number of bytes that were taken. */
  #fill(answer: Answer, data: Buffer, at: number): number {
    const { id, request, buffer, length } = answer
    const taken = Math.min(length - answer.done, data.length - at)
    data.copy(buffer, answer.done, at, at + taken)
    answer.done += taken
    if (answer.done === length) {
      this.#answer = undefined
      const { _requests: requests } = this.#parser
      // One that was given up meanwhile is told nothing more.
      if (requests[id] === request) {
        delete requests[id]
        request.cb!(undefined, buffer, length)
      }
    }
    return taken
  }

  #pass(data: Buffer, at: number): number {
    const taken = Math.min(this.#passed, data.length - at)
    this.#passed -= taken
    this.#push(data.subarray(at, at + taken))
    return taken
  }

  /** Gathers the beginning of a packet until it is known what it is. */
  #begin(data: Buffer, at: number): number {
    const wanted = this.#headLength < START ? START : HEAD
    const taken = data.copy(this.#head, this.#headLength, at, at + wanted - this.#headLength)
    this.#headLength += taken
    const length = this.#headLength < LENGTH ? 1 : this.#head.readUInt32BE(0)
    if (this.#headLength < START && length > 0) return taken
    if (this.#head[LENGTH] === DATA && length >= BEFORE && this.#headLength < HEAD) return taken
    this.#answer = this.#answerOf(length)
    if (this.#answer === undefined) {
      this.#passed = Math.max(0, length + LENGTH - this.#headLength)
      // Its memory is used for the next packet.
      this.#push(Buffer.from(this.#head.subarray(0, this.#headLength)))
    }
    this.#headLength = 0
    return taken
  }

  /** Returns undefined for a packet that is no sound answer to a read, which ssh2 judges. */
  #answerOf(packetLength: number): Answer | undefined {
    if (this.#headLength < HEAD) return undefined
    const id = this.#head.readUInt32BE(START)
    const length = this.#head.readUInt32BE(BEFORE)
    const { _requests: requests } = this.#parser
    const request = requests[id]
    const buffer = request?.buffer
    if (request?.cb === undefined || buffer === undefined) return undefined
    if (length === 0 || length !== packetLength - BEFORE || length > buffer.length) return undefined
    return { id, request, buffer, length, done: 0 }
  }
}

/** Has answers to the reads of a channel take the short way. Call it where a packet begins. */
export function withDirectData<T extends SFTPWrapper | PacketParser>(sftp: T): T {
  const parser = sftp as PacketParser
  const splitter = new Splitter(parser)
  parser.push = (data) => splitter.push(data)
  return sftp
}
