/** Named files as the assets of one release. */
import type { Clock } from '../../src/core/clock.js'
import { KitError } from '../../src/core/errors.js'
import { SingleFlight } from '../../src/core/single-flight.js'
import { extendTime } from '../call-time.js'
import type { CallOptions } from '../facets/call.js'
import type { ByteRange, FileContent, FileEntry } from '../facets/named-files.js'
import { checkFolderName } from '../files/file-name.js'
import type { StoredFiles } from '../files/files-backend.js'
import { measureContent, type MeasuredContent } from '../files/measured-content.js'
import { checkPublicName, isPublicName } from '../files/temporary-name.js'
import { isRange, rangeOf } from '../http-range.js'
import { assetName, isTemporaryAsset, MAX_ASSET_NAME, meaningOf, temporaryAsset } from './asset-name.js' // prettier-ignore
import { apiError } from './errors.js'
import type { ReleasePlace } from './options.js'
import { MAX_ASSETS, ReleaseApi, type Asset, type Release } from './release-api.js'

/** The list of assets is believed for so long. */
const FRESH_MS = 2000
/** Bytes of an asset, which must be less than 2 GiB. */
const MAX_FILE = 2 ** 31 - 1
/** An asset that was not put to its end after so long never will be. */
const LEFT_OVER_MS = 86_400_000
const ONE_BYTE = new Uint8Array(1)

/** A file, and the assets under its name: the one with the greatest id is the newest. */
interface StoredFile {
  readonly assets: readonly Asset[]
  readonly newest: Asset
  readonly size: number
}

export class ReleaseFiles implements StoredFiles {
  readonly #api: ReleaseApi
  readonly #clock: Clock
  readonly #flight = new SingleFlight<void>()
  #release: Release | undefined
  #assets = new Map<number, Asset>()
  /** When the list was made, by the count of the clock. */
  #seenAt = Number.NEGATIVE_INFINITY
  /** Own changes so far. */
  #changes = 0

  constructor(place: ReleasePlace, clock: Clock) {
    this.#api = new ReleaseApi(place)
    this.#clock = clock
  }

  get where(): string {
    return this.#api.where
  }

  async *get(name: string, range: ByteRange, { signal }: CallOptions): AsyncIterable<Uint8Array> {
    checkPublicName(name)
    for (let isSecond = false; ; isSecond = true) {
      const file = await this.#file(name, signal)
      if (file === undefined) throw new KitError('PATH_NOT_FOUND', `there is no file ${name}`)
      if (file.size === 0 || range.length === 0) return
      const { http, answer } = await this.#api.download(file.newest.id, range, signal)
      if (isRange(answer)) return yield* rangeOf(http, answer, range, signal)
      const refusal = await http.refusalOf(answer, signal)
      if (answer.status !== 404 || isSecond) throw apiError(refusal)
      // It was replaced or removed since the list was made.
      this.#seenAt = Number.NEGATIVE_INFINITY
    }
  }

  async *list(folder: string, suffix: string, { signal }: CallOptions): AsyncIterable<FileEntry> {
    checkFolderName(folder)
    await this.#look(signal)
    const prefix = folder === '' ? '' : `${folder}/`
    for (const [name, file] of this.#files()) {
      const isThere = name.startsWith(prefix) && !name.slice(prefix.length).includes('/')
      if (isThere && name.endsWith(suffix) && isPublicName(name)) yield entryOf(name, file)
    }
  }

  async stat(name: string, { signal }: CallOptions): Promise<FileEntry | undefined> {
    checkPublicName(name)
    const file = await this.#file(name, signal)
    return file && entryOf(name, file)
  }

  async put(name: string, content: FileContent, { signal }: CallOptions): Promise<void> {
    checkPublicName(name)
    if (assetName(name, true, false).length > MAX_ASSET_NAME)
      throw new KitError('NAME_TOO_LONG', `${name} is too long for the name of an asset`)
    const measured = await measureContent(content, { signal })
    if (measured.size > MAX_FILE)
      throw new KitError('TOO_LARGE', `${name} has 2 GiB or more, which no asset may have; make smaller archives`) // prettier-ignore
    const before = await this.#file(name, signal)
    const asset = await this.#upload(measured, signal)
    const isEmpty = measured.size === 0
    let shown = assetName(name, isEmpty, before === undefined)
    // Another writer may have taken the plain name meanwhile.
    if (!(await this.#api.rename(asset.id, shown, signal))) {
      shown = assetName(name, isEmpty, false)
      if (!(await this.#api.rename(asset.id, shown, signal)))
        throw new KitError('BACKEND_UNAVAILABLE', `${this.where} refuses the name ${shown}`)
    }
    this.#changed(asset.id, { ...asset, name: shown })
    // What is older is hidden already; should this fail, the next put or removal takes it away.
    for (const { id } of before?.assets ?? []) if (id < asset.id) await this.#drop(id, signal)
  }

  async #upload({ size, pieces }: MeasuredContent, signal: AbortSignal): Promise<Asset> {
    const release = (this.#release ??= await this.#api.makeRelease(signal))
    await this.#removeLeftOvers(signal)
    if (this.#assets.size >= MAX_ASSETS)
      throw new KitError('QUOTA', `${this.where} has ${MAX_ASSETS} assets, as many as one may have; name another with --release, or store larger archives`) // prettier-ignore
    const told = async function* (): AsyncIterable<Uint8Array> {
      for await (const piece of pieces()) {
        extendTime(signal)
        yield piece
      }
    }
    const body = size === 0 ? ONE_BYTE : told
    return await this.#api.upload(release, temporaryAsset(), Math.max(1, size), body, signal)
  }

  async #removeLeftOvers(signal: AbortSignal): Promise<void> {
    const before = this.#clock.now() - LEFT_OVER_MS
    for (const { id, name, created_at: since = '' } of this.#assets.values())
      if (isTemporaryAsset(name) && Date.parse(since) < before) await this.#drop(id, signal)
  }

  async remove(name: string, { signal }: CallOptions): Promise<void> {
    checkPublicName(name)
    const file = await this.#file(name, signal)
    // The newest last: none that it hides must come to light.
    for (const { id } of file?.assets ?? []) await this.#drop(id, signal)
  }

  async #drop(id: number, signal: AbortSignal): Promise<void> {
    await this.#api.remove(id, signal)
    this.#changed(id, undefined)
  }

  #changed(id: number, asset: Asset | undefined): void {
    this.#changes++
    if (asset === undefined) this.#assets.delete(id)
    else this.#assets.set(id, asset)
  }

  async #file(name: string, signal: AbortSignal): Promise<StoredFile | undefined> {
    await this.#look(signal)
    return this.#files().get(name)
  }

  #files(): Map<string, StoredFile> {
    const found = new Map<string, StoredFile>()
    for (const asset of [...this.#assets.values()].sort((a, b) => a.id - b.id)) {
      if (asset.state !== 'uploaded' || isTemporaryAsset(asset.name)) continue
      const { name, isEmpty } = meaningOf(asset.name)
      const assets = [...(found.get(name)?.assets ?? []), asset]
      found.set(name, { assets, newest: asset, size: isEmpty ? 0 : asset.size })
    }
    return found
  }

  /** Takes up what others changed; one look serves all who ask meanwhile. */
  async #look(signal: AbortSignal): Promise<void> {
    if (this.#clock.elapsed() - this.#seenAt < FRESH_MS) {
      if (signal.aborted) throw signal.reason
      return
    }
    await this.#flight.run('list', signal, async (signal) => {
      const at = this.#clock.elapsed()
      const changes = this.#changes
      this.#release ??= await this.#api.release(signal)
      const assets =
        this.#release === undefined ? [] : await this.#api.assets(this.#release, signal)
      // A list that was begun before an own change may lack it.
      if (changes !== this.#changes) return
      this.#assets = new Map(assets.map((asset) => [asset.id, asset]))
      this.#seenAt = at
    })
  }

  async describe({ signal }: CallOptions): Promise<string> {
    this.#seenAt = Number.NEGATIVE_INFINITY
    await this.#look(signal)
    const is = this.#release === undefined ? 'is not there yet' : `has ${this.#assets.size} assets`
    return `${this.where} ${is}`
  }

  close(): Promise<void> {
    this.#api.close()
    return Promise.resolve()
  }
}

const entryOf = (name: string, { size, newest }: StoredFile): FileEntry => ({
  name,
  size,
  version: String(newest.id)
})
