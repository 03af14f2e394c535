/**
 * The mark of a place: a file with a random id, which the first pin that is stored there leaves.
 * A place is known again by it: the mountpoint of a disk that is not mounted, or a new bucket of an
 * old name, is no place that lost everything, and two backends over one place are no two copies.
 */
import { randomUUID } from 'node:crypto'
import type { FileReader, FileWriter } from '../../backends/facets/named-files.js'
import type { Clock } from '../core/clock.js'
import { isKitError, KitError } from '../core/errors.js'
import { Semaphore } from '../core/semaphore.js'

export const PLACE_FILE = 'ipfs-kit.place'
const ID = /^[0-9a-f-]{36}$/
const ID_LENGTH = 36
/** How long a place is believed to be the one it was; each look costs a round trip. */
const BELIEVED_MS = 5000
/** Two backends over one new place must not both mark it. */
const marking = new Semaphore(1)

/** What is known of the place of a backend. */
export interface KnownPlace {
  /** The name of the backend. */
  readonly name: string
  /** The id of its mark; undefined where nothing was stored there yet, or only by an older version. */
  readonly id: string | undefined
  /** Remembers the mark. @throws EXISTS where another backend has that place. */
  remember(id: string): void
}

export class PlaceMark {
  readonly #reader: FileReader
  readonly #known: KnownPlace
  readonly #clock: Clock
  #id: string | undefined
  #seen: { readonly at: number; readonly look: Promise<void> } | undefined

  constructor(reader: FileReader, known: KnownPlace, clock: Clock) {
    this.#reader = reader
    this.#known = known
    this.#clock = clock
    this.#id = known.id
  }

  /** Makes sure that the place is the one it was. @throws BACKEND_UNAVAILABLE. */
  async check(signal: AbortSignal): Promise<void> {
    if (this.#id !== undefined) await this.#once(() => this.#look(signal))
  }

  /** Does so before something is stored, and marks a place that has no mark. @throws EXISTS too. */
  async leave(writer: FileWriter, signal: AbortSignal): Promise<void> {
    await this.#once(() => (this.#id === undefined ? this.#begin(writer, signal) : this.#look(signal))) // prettier-ignore
  }

  /** Calls that come at once share one look; one that failed is not believed. */
  async #once(look: () => Promise<void>): Promise<void> {
    const now = this.#clock.elapsed()
    let seen = this.#seen
    if (seen === undefined || now - seen.at > BELIEVED_MS) {
      const made = { at: now, look: look() }
      this.#seen = seen = made
      made.look.catch(() => {
        if (this.#seen === made) this.#seen = undefined
      })
    }
    await seen.look
  }

  async #look(signal: AbortSignal): Promise<void> {
    const found = await this.#read(signal)
    if (found === this.#id) return
    const { name } = this.#known
    const what = found === undefined ? 'no mark is there' : 'the mark of another one is there'
    throw new KitError(
      'BACKEND_UNAVAILABLE',
      `the place of backend ${name} is not the one that pins were stored in: ${what}. Mount or connect it again; if it shall begin anew as it is now, run \`ipfs-kit backend update ${name} --new-place\``
    )
  }

  async #begin(writer: FileWriter, signal: AbortSignal): Promise<void> {
    await marking.run(1, () => this.#mark(writer, signal), signal)
  }

  async #mark(writer: FileWriter, signal: AbortSignal): Promise<void> {
    let id = await this.#read(signal)
    if (id === undefined) {
      const made = Buffer.from(`${randomUUID()}\n`)
      await writer.put(PLACE_FILE, () => [made], { signal })
      // Another home may have marked it in the same moment: what is there now holds for both.
      id = await this.#read(signal)
    }
    if (id === undefined)
      throw new KitError(
        'BACKEND_UNAVAILABLE',
        `backend ${this.#known.name} does not give back the file ${PLACE_FILE} that was just put there`
      )
    this.#known.remember(id)
    this.#id = id
  }

  /** Returns the id of the mark that is there; undefined where there is none. */
  async #read(signal: AbortSignal): Promise<string | undefined> {
    const pieces: Uint8Array[] = []
    try {
      const range = { position: 0, length: ID_LENGTH }
      for await (const piece of this.#reader.get(PLACE_FILE, range, { signal })) pieces.push(piece)
    } catch (error) {
      if (isKitError(error, 'PATH_NOT_FOUND')) return undefined
      throw error
    }
    const text = Buffer.concat(pieces).toString('latin1')
    if (ID.test(text)) return text
    throw new KitError(
      'CORRUPT_FORMAT',
      `the file ${PLACE_FILE} of backend ${this.#known.name} is no mark of a place; remove it there, and the next pin makes it anew`
    )
  }
}
