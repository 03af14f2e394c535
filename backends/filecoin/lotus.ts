/**
 * The few methods of Lotus' JSON-RPC that tell of deals. Nothing is changed there.
 * Source: https://github.com/filecoin-project/lotus/blob/master/documentation/en/api-methods-v1-stable.md
 */
import { KitError } from '../../src/core/errors.js'
import { optional, orNull, record, text, whole, type Shape } from '../../src/core/shape.js'
import { headerSecret } from '../bearer.js'
import { HttpClient } from '../http.js'
import { jsonOf } from '../json-answer.js'
import type { Secrets } from '../secrets.js'
import { lotusRefusal, rpcFailure, saysNoDeal, type RpcError } from './errors.js'

/** A deal as the chain knows it. Epochs are numbers of 30 s each; -1 is none. */
export interface ChainDeal {
  readonly provider: string
  /** A text of the client's, mostly the root; empty for one that is no text. */
  readonly label: string
  readonly startEpoch: number
  readonly endEpoch: number
  readonly sectorStartEpoch: number
  readonly slashEpoch: number
}

const epoch = whole(-1)
const label: Shape<string> = (value) => (typeof value === 'string' ? value : '')

const marketDeal = record({
  Proposal: record({ Provider: text, Label: label, StartEpoch: epoch, EndEpoch: epoch }),
  State: record({ SectorStartEpoch: epoch, SlashEpoch: epoch })
})
const head = record({ Height: whole(0) })
const minerInfo = record<{ PeerId?: string | null | undefined }>({ PeerId: optional(orNull(text)) })
const rpcError = record<RpcError>({ code: whole(Number.MIN_SAFE_INTEGER), message: text })
const version = record({ Version: text })

/** An answer of JSON-RPC has a result or an error. */
const answered: Shape<{ readonly result: unknown; readonly error: RpcError | undefined }> = (
  value,
  at
) => {
  const { result, error } = (value ?? {}) as Readonly<Record<string, unknown>>
  return { result, error: error === undefined || error === null ? undefined : rpcError(error, `${at}.error`) } // prettier-ignore
}

export class Lotus {
  readonly #http: HttpClient

  constructor(url: URL, secrets: Secrets) {
    const token = secrets.text('lotus-token')
    const headers: Record<string, string> =
      token === undefined
        ? {}
        : { authorization: `Bearer ${headerSecret(secrets, 'lotus-token', 'the token of the Lotus node')}` } // prettier-ignore
    this.#http = new HttpClient({ url }, headers)
  }

  get where(): string {
    return this.#http.where
  }

  /** Gives a deal; undefined where the chain knows none of that number, or none any more. */
  async deal(id: number, signal: AbortSignal): Promise<ChainDeal | undefined> {
    const found = await this.#call('StateMarketStorageDeal', [id, []], signal)
    if (found.error !== undefined && saysNoDeal(found.error)) return undefined
    const { Proposal: proposal, State: state } = this.#result('StateMarketStorageDeal', found, marketDeal) // prettier-ignore
    return {
      provider: proposal.Provider,
      label: proposal.Label,
      startEpoch: proposal.StartEpoch,
      endEpoch: proposal.EndEpoch,
      sectorStartEpoch: state.SectorStartEpoch,
      slashEpoch: state.SlashEpoch
    }
  }

  /** Gives the epoch that the chain has come to. */
  async height(signal: AbortSignal): Promise<number> {
    const found = await this.#call('ChainHead', [], signal)
    return this.#result('ChainHead', found, head).Height
  }

  /** Gives the peer of a storage provider; undefined where it has none. */
  async peerOf(provider: string, signal: AbortSignal): Promise<string | undefined> {
    const found = await this.#call('StateMinerInfo', [provider, []], signal)
    return this.#result('StateMinerInfo', found, minerInfo).PeerId ?? undefined
  }

  async version(signal: AbortSignal): Promise<string> {
    return this.#result('Version', await this.#call('Version', [], signal), version).Version
  }

  async #call(method: string, params: readonly unknown[], signal: AbortSignal) {
    const call = { jsonrpc: '2.0', id: 1, method: `Filecoin.${method}`, params }
    const answer = await this.#http.send({
      method: 'POST',
      path: '',
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify(call)),
      signal
    })
    // Lotus answers a call that failed with 500, in the same form.
    if (answer.status !== 200 && answer.status !== 500)
      throw lotusRefusal(await this.#http.refusalOf(answer, signal))
    return await jsonOf(this.#http, answer, answered, signal)
  }

  #result<T>(method: string, { result, error }: ReturnType<typeof answered>, shape: Shape<T>): T {
    if (error !== undefined) throw rpcFailure(this.where, method, error)
    try {
      return shape(result, method)
    } catch (cause) {
      throw new KitError('BACKEND_UNAVAILABLE', `${this.where} answers ${method} in a way unknown to us`, { cause }) // prettier-ignore
    }
  }

  close(): void {
    this.#http.close()
  }
}
