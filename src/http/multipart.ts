/**
 * Reads a multipart body as a stream (RFC 2046, RFC 7578): its memory does not depend on how much comes,
 * nor on how that is cut into chunks.
 */
import { KitError } from '../core/errors.js'
import { headerParameters } from './header-parameters.js'

/** Most bytes of the header of a part: a name of 4096 bytes takes three times as many, escaped. */
const MAX_HEADER = 32 << 10
/** Most letters of a boundary (RFC 2046, 5.1.1). */
const MAX_BOUNDARY = 70
/** Most blanks behind a boundary. */
const MAX_PADDING = 100

const CR = 0x0d
const LF = 0x0a
const DASH = 0x2d
const LINE_END = Buffer.from('\r\n')
const HEADER_END = Buffer.from('\r\n\r\n')

export interface Part {
  /** Fields by their names in small letters. Values hold bytes as Latin-1 does. */
  readonly fields: ReadonlyMap<string, string>
  /** The bytes of the part. What is not read of them is passed over when the next part is asked for. */
  readonly body: AsyncIterable<Uint8Array>
}

/**
 * Returns the boundary that the type of a body names; undefined for a body that is no multipart.
 * @throws INVALID_ARGUMENT for a multipart without a sound boundary.
 */
export function boundaryOf(contentType = ''): string | undefined {
  if (!/^multipart\/(form-data|mixed)\s*(;|$)/i.test(contentType)) return undefined
  const boundary = headerParameters(contentType).get('boundary') ?? ''
  if (boundary.length > 0 && boundary.length <= MAX_BOUNDARY) return boundary
  throw malformed('its type names no boundary')
}

/**
 * Yields the parts of a body one after the other.
 * @throws INVALID_ARGUMENT for a body that is malformed or cut short, and what the source throws.
 */
export async function* multipartParts(
  source: AsyncIterator<Uint8Array>,
  boundary: string
): AsyncGenerator<Part, void, undefined> {
  const reader = new MultipartReader(source, boundary)
  // What comes before the first part is for nobody.
  await reader.passOver()
  while (reader.hasPart) {
    const fields = await reader.header()
    yield { fields, body: reader.body() }
    await reader.passOver()
  }
}

class MultipartReader {
  readonly #source: AsyncIterator<Uint8Array>
  readonly #delimiter: Buffer
  /** Bytes that came and were not taken yet. It begins as if a line had ended before the body. */
  #rest: Buffer = LINE_END
  /** Whether the line end of a header, which an empty body shares with its delimiter, comes first. */
  #isAtStart = false
  #isAtEnd = false
  /** Whether another part follows. */
  hasPart = false

  constructor(source: AsyncIterator<Uint8Array>, boundary: string) {
    this.#source = source
    this.#delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1')
  }

  /** Reads the header of a part, in front of which the line end of its delimiter is left. */
  async header(): Promise<ReadonlyMap<string, string>> {
    let end = this.#rest.indexOf(HEADER_END)
    for (; end < 0 && this.#rest.length <= MAX_HEADER; end = this.#rest.indexOf(HEADER_END))
      await this.#more()
    if (end < 0 || end > MAX_HEADER)
      throw malformed(`the header of a part has over ${MAX_HEADER} bytes`)
    const text = this.#rest.toString('latin1', LINE_END.length, end)
    this.#rest = this.#rest.subarray(end + LINE_END.length)
    this.#isAtStart = true
    this.#isAtEnd = false
    return fieldsOf(text)
  }

  async *body(): AsyncGenerator<Uint8Array, void, undefined> {
    for (let piece = await this.#piece(); piece !== undefined; piece = await this.#piece())
      yield piece
  }

  async passOver(): Promise<void> {
    while ((await this.#piece()) !== undefined);
  }

  /** Returns the next bytes of a body; undefined at its end. */
  async #piece(): Promise<Uint8Array | undefined> {
    if (this.#isAtStart) await this.#begin()
    if (this.#isAtEnd) return undefined
    for (;;) {
      const at = this.#rest.indexOf(this.#delimiter)
      if (at > 0) return this.#take(at)
      if (at === 0) {
        this.#isAtEnd = await this.#takeDelimiter()
        return this.#isAtEnd ? undefined : this.#take(this.#delimiter.length)
      }
      const free = this.#rest.length - this.#heldBack()
      if (free > 0) return this.#take(free)
      await this.#more()
    }
  }

  async #begin(): Promise<void> {
    this.#isAtStart = false
    while (this.#rest.length < this.#delimiter.length) await this.#more()
    const mayBeEmpty =
      this.#rest.compare(this.#delimiter, 0, this.#delimiter.length, 0, this.#delimiter.length) ===
      0
    this.#isAtEnd = mayBeEmpty && (await this.#takeDelimiter())
    if (!this.#isAtEnd) this.#take(LINE_END.length)
  }

  #take(length: number): Uint8Array {
    const taken = this.#rest.subarray(0, length)
    this.#rest = this.#rest.subarray(length)
    return taken
  }

  /** Returns how many of the last bytes may be the beginning of a delimiter. */
  #heldBack(): number {
    const rest = this.#rest
    const from = Math.max(0, rest.length - this.#delimiter.length + 1)
    for (let at = rest.indexOf(CR, from); at >= 0; at = rest.indexOf(CR, at + 1)) {
      const length = rest.length - at
      if (rest.compare(this.#delimiter, 0, length, at) === 0) return length
    }
    return 0
  }

  /** Takes the delimiter that comes next. @returns false for a text that only begins like one. */
  async #takeDelimiter(): Promise<boolean> {
    const start = this.#delimiter.length
    for (let at = start; at <= start + MAX_PADDING; at++) {
      while (this.#rest.length < at + 2) await this.#more()
      const first = this.#rest[at]
      const second = this.#rest[at + 1]
      const isLast = at === start && first === DASH && second === DASH
      if (isLast || (first === CR && second === LF)) {
        this.hasPart = !isLast
        this.#rest = this.#rest.subarray(at)
        return true
      }
      if (first !== 0x20 && first !== 0x09) return false
    }
    return false
  }

  async #more(): Promise<void> {
    const next = await this.#source.next()
    if (next.done === true) throw malformed('it is cut short')
    const { value } = next
    this.#rest =
      this.#rest.length === 0
        ? Buffer.from(value.buffer, value.byteOffset, value.byteLength)
        : Buffer.concat([this.#rest, value])
  }
}

function fieldsOf(header: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>()
  for (const line of header.split('\r\n')) {
    if (line === '') continue
    const [, name, value] = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*(.*)$/s.exec(line) ?? []
    if (name === undefined || value === undefined || /[\0\r\n]/.test(value))
      throw malformed('the header of a part has a line that is no field')
    fields.set(name.toLowerCase(), value.trimEnd())
  }
  return fields
}

const malformed = (reason: string): KitError =>
  new KitError('INVALID_ARGUMENT', `the multipart body is malformed: ${reason}`)
