/** Pins of a cluster: each is kept by several peers, and the cluster's pinset says which there are. */
import type { Cid } from '../../src/core/cid.js'
import { isKitError, KitError } from '../../src/core/errors.js'
import { record, text, type Shape } from '../../src/core/shape.js'
import type { CallOptions } from '../facets/call.js'
import type { CarUploads } from '../facets/car-uploads.js'
import type { FileContent } from '../facets/named-files.js'
import type {
  ListedPin,
  PinRemoval,
  PinRequest,
  PinStates,
  PinStatus,
  RemotePins
} from '../facets/remote-pins.js'
import { isSameDag, saidCid } from '../said-cid.js'
import type { ClusterApi, Query } from './api.js'
import { codeOfWords } from './errors.js'
import type { Replication } from './options.js'
import { pinInfo } from './pin-info.js'

const MAX_ORIGINS = 20

const anything = (value: unknown): unknown => value
/** A part of an archive that the cluster took: the last one is its root. */
const added = record<{ cid: string }>({ cid: text })

export class ClusterPins implements PinStates, RemotePins, PinRemoval, CarUploads {
  readonly #api: ClusterApi
  readonly #replication: Replication
  readonly #info: Shape<ListedPin>

  constructor(api: ClusterApi, replication: Replication) {
    this.#api = api
    this.#replication = replication
    this.#info = pinInfo(replication.min)
  }

  /**
   * Whether it is pinned is for the pinset to say: a peer that has just begun calls all pins unpinned
   * for a while.
   */
  async statusOf(cid: Cid, { signal }: CallOptions): Promise<PinStatus | undefined> {
    if ((await this.#api.find(`/allocations/${cid}`, signal)) === undefined) return undefined
    return this.#of(cid, await this.#api.get(`/pins/${cid}`, this.#info, signal))
  }

  listPins({ signal }: CallOptions): AsyncIterable<ListedPin> {
    return this.#api.lines('/pins', this.#info, signal)
  }

  async pin(cid: Cid, request: PinRequest, options: CallOptions): Promise<PinStatus> {
    await this.#api.post(`/pins/${cid}`, this.#query(request), anything, options.signal)
    return await this.#taken(cid, options)
  }

  async replace(from: Cid, to: Cid, request: PinRequest, options: CallOptions): Promise<PinStatus> {
    const old = from.equals(to) ? undefined : await this.statusOf(from, options)
    if (old === undefined) return await this.pin(to, request, options)
    const query = { ...this.#query(request), 'pin-update': String(from) }
    await this.#api.post(`/pins/${to}`, query, anything, options.signal)
    await this.unpin(from, options)
    return await this.#taken(to, options)
  }

  async recover(cid: Cid, options: CallOptions): Promise<PinStatus | undefined> {
    if ((await this.statusOf(cid, options)) === undefined) return undefined
    return this.#of(
      cid,
      await this.#api.post(`/pins/${cid}/recover`, {}, this.#info, options.signal)
    )
  }

  unpin(cid: Cid, { signal }: CallOptions): Promise<void> {
    return this.#api.delete(`/pins/${cid}`, signal)
  }

  /** The cluster gives the blocks to the peers that it chooses, and pins what they have. */
  async putCar(
    root: Cid,
    content: FileContent,
    request: PinRequest,
    options: CallOptions
  ): Promise<PinStatus> {
    const query = { ...this.#query(request), format: 'car', 'stream-channels': 'true' }
    let last: string | undefined
    try {
      const parts = this.#api.upload('/add', query, content, added, options.signal)
      for await (const { cid } of parts) last = cid
    } catch (error) {
      throw meaningOf(error)
    }
    if (!isSameDag(saidCid(last), root))
      throw new KitError('BACKEND_UNAVAILABLE', `${this.#api.where} took ${last ?? 'nothing'} from an archive of ${root}`) // prettier-ignore
    return await this.#taken(root, options)
  }

  /** The status of a pin. @throws BACKEND_UNAVAILABLE where another one is told. */
  #of(cid: Cid, pin: ListedPin): PinStatus {
    if (isSameDag(pin.cid, cid)) return statusIn(pin)
    throw new KitError('BACKEND_UNAVAILABLE', `${this.#api.where} was asked for ${cid}, and tells of ${pin.cid}`) // prettier-ignore
  }

  /** The status of what was asked for, which its peers may not have heard of yet. */
  async #taken(cid: Cid, options: CallOptions): Promise<PinStatus> {
    const status = await this.statusOf(cid, options)
    return status ?? { state: 'queued', name: '', details: '', delegates: [], holders: [] }
  }

  #query({ name = '', origins = [] }: PinRequest): Query {
    const { min, max } = this.#replication
    return {
      ...(name === '' ? {} : { name: name.slice(0, 255) }),
      ...(min === undefined ? {} : { 'replication-min': String(min) }),
      ...(max === undefined ? {} : { 'replication-max': String(max) }),
      ...(origins.length === 0 ? {} : { origins: origins.slice(0, MAX_ORIGINS).join(',') })
    }
  }
}

function statusIn(pin: ListedPin): PinStatus {
  const { cid: _, ...status } = pin
  return status
}

/** What failed on the way is told behind the answer, in words alone. */
function meaningOf(error: unknown): unknown {
  if (!isKitError(error, 'BACKEND_UNAVAILABLE')) return error
  const code = codeOfWords(error.message)
  return code === undefined ? error : new KitError(code, error.message, { cause: error })
}
