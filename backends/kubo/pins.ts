/** Recursive pins of a Kubo node. */
import { Cid } from '../../src/core/cid.js'
import { isKitError } from '../../src/core/errors.js'
import { list, optional, record, text, whole } from '../../src/core/shape.js'
import { extendTime } from '../call-time.js'
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
import { wordsFrom } from '../json-answer.js'
import { isSameDag, saidCid } from '../said-cid.js'
import { OFFLINE, type Arguments, type KuboApi } from './api.js'

/** A pin that Kubo tells of: it keeps none that is not whole. */
const pinned = (name: string | undefined): PinStatus => ({
  state: 'pinned',
  name: wordsFrom(name ?? ''),
  details: '',
  delegates: [],
  holders: []
})

const argOf = (cid: Cid): readonly [string, string] => ['arg', String(cid)]
const named = (name: string | undefined): Arguments =>
  name === undefined || name === '' ? [] : [['name', name]]

const lineOfPin = record<{ Cid: string; Name?: string | undefined }>({
  Cid: text,
  Name: optional(text)
})

const lineOfAdding = record<{
  Progress?: number | undefined
  Pins?: readonly string[] | undefined
}>({
  Progress: optional(whole(0)),
  Pins: optional(list(text))
})

const anyLine = (value: unknown): unknown => value

export class KuboPins implements PinStates, RemotePins, PinRemoval, CarUploads {
  readonly #api: KuboApi
  readonly #network: boolean

  /** @param network whether the node may fetch from its network what a DAG lacks. */
  constructor(api: KuboApi, network: boolean) {
    this.#api = api
    this.#network = network
  }

  async pin(cid: Cid, { name }: PinRequest, { signal }: CallOptions): Promise<PinStatus> {
    return await this.#add(cid, name, this.#network ? [] : [OFFLINE], signal)
  }

  async replace(from: Cid, to: Cid, request: PinRequest, options: CallOptions): Promise<PinStatus> {
    // `pin/update` keeps no name, and refuses two that are one.
    const status = await this.pin(to, request, options)
    if (!from.equals(to)) await this.unpin(from, options)
    return status
  }

  /** Pins what is pinned once more: blocks that were lost are fetched. */
  async recover(cid: Cid, options: CallOptions): Promise<PinStatus | undefined> {
    const status = await this.statusOf(cid, options)
    return status === undefined ? undefined : await this.pin(cid, { name: status.name }, options)
  }

  async unpin(cid: Cid, { signal }: CallOptions): Promise<void> {
    try {
      await this.#api.json('pin/rm', [argOf(cid)], signal)
    } catch (error) {
      if (!isKitError(error, 'BLOCK_NOT_FOUND')) throw error
    }
  }

  async statusOf(cid: Cid, { signal }: CallOptions): Promise<PinStatus | undefined> {
    const type = ['type', 'recursive'] as const
    try {
      const { Keys: keys } = await this.#api.json(
        'pin/ls',
        [argOf(cid), type, ['names', 'true']],
        signal
      )
      const told = (keys ?? {}) as Record<string, { readonly Name?: unknown } | null>
      const [, key] = Object.entries(told).find(([one]) => isSameDag(saidCid(one), cid)) ?? []
      if (key === undefined) throw this.#api.strange('pin/ls')
      return pinned(typeof key?.Name === 'string' ? key.Name : '')
    } catch (error) {
      if (!isKitError(error, 'BLOCK_NOT_FOUND')) throw error
      return undefined
    }
  }

  async *listPins({ signal }: CallOptions): AsyncIterable<ListedPin> {
    const args = [
      ['type', 'recursive'],
      ['stream', 'true'],
      ['names', 'true']
    ] as const
    for await (const { Cid: cid, Name: name } of this.#api.lines('pin/ls', args, lineOfPin, signal))
      yield { cid: Cid.parse(cid), ...pinned(name) }
  }

  async putCar(
    root: Cid,
    content: FileContent,
    request: PinRequest,
    options: CallOptions
  ): Promise<PinStatus> {
    const args = [['pin-roots', 'false'], ['allow-big-block', 'true'], OFFLINE] as const
    for await (const line of this.#api.lines('dag/import', args, anyLine, options.signal, content))
      void line
    return await this.#pinOffline(root, request, options)
  }

  /** Pins what was handed over: a block that the archive lacks is told, and not searched for. */
  async #pinOffline(root: Cid, { name }: PinRequest, { signal }: CallOptions): Promise<PinStatus> {
    return await this.#add(root, name, [OFFLINE], signal)
  }

  /**
   * Pins, however long that takes: Kubo tells twice a second how many blocks it has walked, and the call is
   * late only when that number stands still.
   */
  async #add(
    cid: Cid,
    name: string | undefined,
    reach: Arguments,
    signal: AbortSignal
  ): Promise<PinStatus> {
    const args = [argOf(cid), ['progress', 'true'] as const, ...named(name), ...reach]
    let walked = 0
    let isPinned = false
    for await (const line of this.#api.lines('pin/add', args, lineOfAdding, signal)) {
      isPinned ||= line.Pins?.some((one) => isSameDag(saidCid(one), cid)) === true
      if ((line.Progress ?? 0) <= walked) continue
      walked = line.Progress!
      extendTime(signal)
    }
    if (isPinned) return pinned(name)
    throw this.#api.strange('pin/add')
  }
}
