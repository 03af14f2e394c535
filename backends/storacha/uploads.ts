/** Uploads of a space as pins: whole DAGs that are handed over as archives. */
import { randomUUID } from 'node:crypto'
import { CID } from 'multiformats/cid'
import { Cid } from '../../src/core/cid.js'
import { isKitError, KitError } from '../../src/core/errors.js'
import type { CallOptions } from '../facets/call.js'
import type { CarUploads } from '../facets/car-uploads.js'
import type { FileContent } from '../facets/named-files.js'
import type {
  ListedPin,
  PinRemoval,
  PinRequest,
  PinStates,
  PinStatus
} from '../facets/remote-pins.js'
import { withStepTime } from '../step-time.js'
import type { CarLike, Once, StorachaClient, StorachaPlace } from './client.js'
import { storachaError } from './errors.js'

/** Bytes of one blob: the client holds it in memory while it sends it. */
const SHARD = 32 << 20
const PAGE = 500

const PINNED: PinStatus = { state: 'pinned', name: '', details: '', delegates: [], holders: [] }

const once = (): Once => ({ nonce: randomUUID() })

const linkOf = (cid: Cid): CID => CID.decode(cid.bytes)

/** Content as the client reads it; it keeps the pieces. */
const carOf = (content: FileContent, goesOn: () => void): CarLike => ({
  stream: () =>
    ReadableStream.from(
      (async function* () {
        for await (const piece of content()) {
          goesOn()
          yield Uint8Array.from(piece)
        }
      })()
    )
})

export class StorachaUploads implements PinStates, PinRemoval, CarUploads {
  readonly #open: () => Promise<StorachaClient>
  readonly #fetch: typeof fetch | undefined

  /** @param open gives the client, the same each time. */
  constructor(open: () => Promise<StorachaClient>, { fetch }: StorachaPlace) {
    this.#open = open
    this.#fetch = fetch
  }

  async statusOf(cid: Cid, { signal }: CallOptions): Promise<PinStatus | undefined> {
    try {
      await this.#call(`looking for ${cid}`, signal, ({ capability }) => capability.upload.get(linkOf(cid), once())) // prettier-ignore
      return PINNED
    } catch (error) {
      if (!isKitError(error, 'BLOCK_NOT_FOUND')) throw error
      return undefined
    }
  }

  async *listPins({ signal }: CallOptions): AsyncIterable<ListedPin> {
    for (let cursor: string | undefined; ;) {
      const at = cursor === undefined ? {} : { cursor }
      const page = await this.#call('listing uploads', signal, ({ capability }) => capability.upload.list({ size: PAGE, ...at, ...once() })) // prettier-ignore
      for (const { root } of page.results) yield { cid: Cid.parse(String(root)), ...PINNED }
      if (page.results.length === 0 || page.cursor === undefined) return
      if (page.cursor === cursor)
        throw new KitError('BACKEND_UNAVAILABLE', 'Storacha: listing uploads comes to no end')
      cursor = page.cursor
    }
  }

  /** Its blobs stay in the space: other uploads may share them. */
  async unpin(cid: Cid, { signal }: CallOptions): Promise<void> {
    try {
      await this.#call(`removing ${cid}`, signal, ({ capability }) => capability.upload.remove(linkOf(cid), once())) // prettier-ignore
    } catch (error) {
      if (!isKitError(error, 'BLOCK_NOT_FOUND')) throw error
    }
  }

  /** The archive is cut into blobs, each of which is sent on its way by itself; then it counts as an upload. */
  async putCar(
    root: Cid,
    content: FileContent,
    _request: PinRequest,
    { signal }: CallOptions
  ): Promise<PinStatus> {
    const more = this.#fetch === undefined ? {} : { fetch: this.#fetch }
    const put = (client: StorachaClient) =>
      withStepTime(signal, `Storacha: uploading ${root}`, (ending, goesOn) =>
        client.uploadCAR(carOf(content, goesOn), {
          rootCID: linkOf(root),
          shardSize: SHARD,
          // Hashing for an offer to Filecoin would hold up everything else here for seconds.
          pieceHasher: null,
          onShardStored: goesOn,
          signal: ending,
          ...once(),
          ...more
        })
      )
    await this.#call(`uploading ${root}`, signal, put)
    return PINNED
  }

  async #call<T>(
    what: string,
    signal: AbortSignal,
    call: (client: StorachaClient) => Promise<T>
  ): Promise<T> {
    if (signal.aborted) throw signal.reason
    try {
      return await call(await this.#open())
    } catch (error) {
      if (signal.aborted) throw signal.reason
      throw storachaError(error, what)
    }
  }
}
