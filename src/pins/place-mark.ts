/**
 * The mark of a place: a file with a random id, which the first pin that is stored there leaves.
 * A place is known again by it: the mountpoint of a disk that is not mounted, or a new bucket of an
 * old name, is no place that lost everything, and two backends over one place are no two copies.
 */
import type { FileReader, FileWriter } from '../../backends/facets/named-files.js'
import type { Clock } from '../core/clock.js'
import { KitError } from '../core/errors.js'
import { SingleFlight } from '../core/single-flight.js'
import { addMark, isDenied, PLACE_FILE, readMark, writeMark, type FoundMark } from './place-file.js'

/** How long a place is believed to be the one it was; each look costs a round trip. */
const BELIEVED_MS = 5000
/** Stands for the id of a place where no mark can be left: it is believed as it is. */
export const UNMARKED = 'unmarked'

/** What is known of the place of a backend. */
export interface KnownPlace {
  /** The name of the backend. */
  readonly name: string
  /** The id of its mark; undefined where nothing was stored there yet, or only by an older version. */
  readonly id: string | undefined
  /** Names of some archives that are stored there by all that is known. */
  copies(): Promise<readonly string[]>
  /** Whether a backend of this home has the place with that mark. */
  isTaken(id: string): boolean
  /** Remembers the mark. @throws EXISTS where another backend has that place. */
  remember(id: string): void
  warn(message: string): void
}

export class PlaceMark {
  readonly #reader: FileReader
  readonly #known: KnownPlace
  readonly #clock: Clock
  #id: string | undefined
  /** When the place was last seen to be the one it was; undefined where it was not, or has to be looked at again. */
  #seenAt: number | undefined
  /** Whether the beginning of a place left a new mark. */
  #begun: boolean | undefined
  /** Looks that several calls share: the one that ends by its signal takes it from no other. */
  readonly #looks = new SingleFlight<void>()
  readonly #beginnings = new SingleFlight<boolean>()
  #isWarned = false

  constructor(reader: FileReader, known: KnownPlace, clock: Clock) {
    this.#reader = reader
    this.#known = known
    this.#clock = clock
    this.#id = known.id
  }

  /** Makes sure that the place is the one it was. @throws BACKEND_UNAVAILABLE. */
  async check(signal: AbortSignal): Promise<void> {
    if (this.#id === UNMARKED) return
    if (this.#isSeen) return
    await this.#looks.run('', signal, async (shared) => {
      const at = this.#clock.elapsed()
      await (this.#id === undefined ? this.#mustHaveCopies(shared) : this.#look(shared))
      this.#seenAt = at
    })
  }

  /**
   * Does so before something is removed.
   * @returns whether what is there may be: what another backend has stored in its place is its copy.
   * @throws BACKEND_UNAVAILABLE.
   */
  async mayRemove(signal: AbortSignal): Promise<boolean> {
    if (this.#id === undefined) {
      const found = await this.#unlessDenied(() => readMark(this.#reader, signal))
      if (typeof found === 'object' && this.#known.isTaken(found.id)) return false
    }
    await this.check(signal)
    return true
  }

  /**
   * Does so before something is stored, and marks a place that has no mark.
   * @returns whether the mark is new: it is to be confirmed once something is stored.
   * @throws EXISTS too.
   */
  async leave(writer: FileWriter, signal: AbortSignal): Promise<boolean> {
    if (this.#id === undefined) {
      this.#begun ??= await this.#beginnings.run('', signal, (shared) =>
        this.#begin(writer, shared)
      )
      return this.#begun
    }
    await this.check(signal)
    return false
  }

  /** Looks whether a new mark stays: another backend may have marked the place at the same moment. */
  async confirm(signal: AbortSignal): Promise<void> {
    const found = await readMark(this.#reader, signal)
    if (this.#isThere(found)) return
    if (typeof found === 'string') throw this.#otherPlace(found)
    this.#remember(found.id)
  }

  /**
   * Takes what is there for the place from now on. A mark that another home left stays; one that
   * this home knows is that of another place, or of the one before, and another takes its place.
   */
  async renew(writer: FileWriter | undefined, signal: AbortSignal): Promise<void> {
    const found = await this.#unlessDenied(() => readMark(this.#reader, signal))
    if (typeof found === 'object' && !this.#known.isTaken(found.id)) return this.#remember(found.id)
    const isLeft = writer !== undefined && found !== undefined && (await this.#unlessDenied(() => writeMark(writer, signal).then(() => true))) === true // prettier-ignore
    if (!isLeft) return this.#remember(UNMARKED)
    this.#remember(await this.#written(signal))
    if (found !== 'missing')
      this.#known.warn(`the place of backend ${this.#known.name} has a new mark; other homes that store there have to be told, too: \`ipfs-kit backend update NAME --new-place\``) // prettier-ignore
  }

  get #isSeen(): boolean {
    return this.#seenAt !== undefined && this.#clock.elapsed() - this.#seenAt <= BELIEVED_MS
  }

  async #look(signal: AbortSignal): Promise<void> {
    const found = await readMark(this.#reader, signal)
    if (!this.#isThere(found)) throw this.#otherPlace(found)
  }

  #isThere(found: FoundMark): boolean {
    return typeof found === 'object' && found.id === this.#id
  }

  #otherPlace(found: FoundMark): KitError {
    const other = found === 'missing' ? 'no mark is there' : 'the mark of another one is there'
    const what = found === 'damaged' ? `the file ${PLACE_FILE} there is no mark` : other
    return this.#unlike(what)
  }

  #unlike(what: string): KitError {
    const { name } = this.#known
    return new KitError(
      'BACKEND_UNAVAILABLE',
      `the place of backend ${name} is not the one that pins were stored in: ${what}. Mount or connect it again; if it shall begin anew as it is now, run \`ipfs-kit backend update ${name} --new-place\``
    )
  }

  /** A place without a known mark is the one it was where an archive is found. Denials tell nothing. */
  async #mustHaveCopies(signal: AbortSignal): Promise<void> {
    const names = await this.#known.copies()
    for (const name of names) {
      const find = (): Promise<boolean> => this.#reader.stat(name, { signal }).then((entry) => entry !== undefined) // prettier-ignore
      if ((await this.#unlessDenied(find)) !== false) return
    }
    if (names.length > 0) throw this.#unlike(`it has no mark, and none of their archives, such as ${names[0]}`) // prettier-ignore
  }

  async #begin(writer: FileWriter, signal: AbortSignal): Promise<boolean> {
    await this.#mustHaveCopies(signal)
    const found = await this.#unlessDenied(() => readMark(this.#reader, signal))
    if (found === undefined) return false
    if (found === 'damaged') throw this.#otherPlace(found)
    if (found !== 'missing') {
      this.#remember(found.id)
      return false
    }
    const put = await this.#unlessDenied(() => addMark(writer, signal).then(() => true))
    if (put === undefined) return false
    // Another home may have marked it in the same moment: what is there now holds for both.
    this.#remember(await this.#written(signal))
    return true
  }

  async #written(signal: AbortSignal): Promise<string> {
    const found = await readMark(this.#reader, signal)
    if (typeof found === 'object') return found.id
    throw new KitError(
      'BACKEND_UNAVAILABLE',
      `backend ${this.#known.name} does not give back the file ${PLACE_FILE} that was just put there`
    )
  }

  #remember(id: string): void {
    this.#known.remember(id)
    this.#id = id
  }

  /** @returns undefined where it is not allowed, which is said once: a mark is no reason to store nothing. */
  async #unlessDenied<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work()
    } catch (error) {
      if (!isDenied(error)) throw error
      if (!this.#isWarned)
        this.#known.warn(`backend ${this.#known.name} does not let its place be marked, so that another place is not told from it: ${error.message}`) // prettier-ignore
      this.#isWarned = true
      return undefined
    }
  }
}
