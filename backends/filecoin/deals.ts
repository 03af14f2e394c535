/** Storage deals as pins: a root is pinned as long as a deal that keeps it is active. */
import { Cid } from '../../src/core/cid.js'
import { isKitError, KitError } from '../../src/core/errors.js'
import { Semaphore } from '../../src/core/semaphore.js'
import type { CallOptions } from '../facets/call.js'
import type { ListedPin, PinHolder, PinStates, PinStatus } from '../facets/remote-pins.js'
import { wordsFrom } from '../json-answer.js'
import type { ChainDeal, Lotus } from './lotus.js'
import type { NamedDeal } from './options.js'

/** Deals that are asked for at a time. */
const AT_ONCE = 8

/** The state of a root is the best of its deals. */
const ORDER = ['pinned', 'pinning', 'failed'] as const

interface FoundDeal {
  readonly root: Cid
  readonly holder: PinHolder
  readonly provider: string | undefined
}

export class FilecoinDeals implements PinStates {
  readonly #lotus: Lotus
  readonly #deals: readonly NamedDeal[]
  /** The addresses of providers, which seldom change. */
  readonly #delegates = new Map<string, string | undefined>()

  constructor(lotus: Lotus, deals: readonly NamedDeal[]) {
    this.#lotus = lotus
    this.#deals = deals
  }

  async statusOf(cid: Cid, { signal }: CallOptions): Promise<PinStatus | undefined> {
    const deals = (await this.#found(signal)).filter(({ root }) => root.equals(cid))
    return deals.length === 0 ? undefined : await this.#statusIn(deals, signal)
  }

  async *listPins({ signal }: CallOptions): AsyncIterable<ListedPin> {
    const byRoot = new Map<string, FoundDeal[]>()
    for (const deal of await this.#found(signal)) {
      const key = String(deal.root)
      byRoot.set(key, [...(byRoot.get(key) ?? []), deal])
    }
    for (const deals of byRoot.values())
      yield { cid: deals[0]!.root, ...(await this.#statusIn(deals, signal)) }
  }

  async #statusIn(deals: readonly FoundDeal[], signal: AbortSignal): Promise<PinStatus> {
    const holders = deals.map(({ holder }) => holder)
    const delegates = new Set<string>()
    for (const { provider } of deals) {
      const address = provider === undefined ? undefined : await this.#delegateOf(provider, signal)
      if (address !== undefined) delegates.add(address)
    }
    return {
      state: ORDER.find((state) => holders.some((one) => one.state === state)) ?? 'unknown',
      name: '',
      details: '',
      delegates: [...delegates],
      holders
    }
  }

  async #delegateOf(provider: string, signal: AbortSignal): Promise<string | undefined> {
    if (!this.#delegates.has(provider)) {
      const peer = await this.#lotus.peerOf(provider, signal)
      this.#delegates.set(provider, peer === undefined ? undefined : `/p2p/${wordsFrom(peer)}`)
    }
    return this.#delegates.get(provider)
  }

  /** Looks at all deals. One whose root is unknown makes it unknown what is pinned. */
  async #found(signal: AbortSignal): Promise<readonly FoundDeal[]> {
    const height = await this.#lotus.height(signal)
    const turns = new Semaphore(AT_ONCE)
    return await Promise.all(
      this.#deals.map((named) =>
        turns.run(
          1,
          async () => this.#look(named, await this.#lotus.deal(named.id, signal), height),
          signal
        )
      )
    )
  }

  #look({ id, root }: NamedDeal, deal: ChainDeal | undefined, height: number): FoundDeal {
    const kept = root ?? rootIn(deal?.label ?? '')
    if (kept === undefined)
      throw new KitError(
        'BACKEND_UNAVAILABLE',
        `deal ${id} does not say at ${this.#lotus.where} which root it keeps; name it by --deal ${id}=CID`
      )
    const provider = deal?.provider
    const name = provider === undefined ? `deal ${id}` : `${wordsFrom(provider)}, deal ${id}`
    return { root: kept, provider, holder: { name, ...stateOf(deal, height) } }
  }
}

function rootIn(label: string): Cid | undefined {
  try {
    return Cid.parse(label)
  } catch (error) {
    if (isKitError(error, 'INVALID_CID')) return undefined
    throw error
  }
}

/** @param height the epoch that the chain has come to. */
function stateOf(
  deal: ChainDeal | undefined,
  height: number
): Pick<PinHolder, 'state' | 'details'> {
  if (deal === undefined)
    return { state: 'failed', details: 'the chain knows no such deal: it was not sealed in time, slashed, or is over' } // prettier-ignore
  const { startEpoch, endEpoch, sectorStartEpoch, slashEpoch } = deal
  if (slashEpoch >= 0) return { state: 'failed', details: `slashed at epoch ${slashEpoch}` }
  if (endEpoch <= height) return { state: 'failed', details: `over since epoch ${endEpoch}` }
  if (sectorStartEpoch >= 0) return { state: 'pinned', details: `active until epoch ${endEpoch}` }
  if (startEpoch < height) return { state: 'failed', details: `not sealed before epoch ${startEpoch}` } // prettier-ignore
  return { state: 'pinning', details: `to be sealed before epoch ${startEpoch}` }
}
