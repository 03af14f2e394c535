/**
 * A fixture made from the published API: a Lotus node that knows some deals.
 * Source: https://github.com/filecoin-project/lotus/blob/master/documentation/en/api-methods-v1-stable.md
 */
import type { Test } from 'tap'
import { httpServer } from './http.js'

export interface FixtureDeal {
  readonly Label: unknown
  readonly StartEpoch?: number
  readonly EndEpoch?: number
  readonly SectorStartEpoch?: number
  readonly SlashEpoch?: number
}

/** The epoch that its chain has come to. */
export const HEIGHT = 5000

interface Call {
  readonly jsonrpc: string
  readonly id: number
  readonly method: string
  readonly params: readonly unknown[]
}

export class LotusNode {
  readonly deals = new Map<number, FixtureDeal>()
  readonly calls: Call[] = []
  /** The token that it wants; none where that is empty. */
  token = ''
  /** Answers the next calls, instead of the node. */
  readonly refusals: (readonly [status: number, body: unknown])[] = []
  url = ''

  static async start(t: Pick<Test, 'teardown'>): Promise<LotusNode> {
    const node = new LotusNode()
    const url = await httpServer(t, (request, response) => {
      const parts: Buffer[] = []
      request.on('data', (part: Buffer) => parts.push(part))
      request.on('end', () => {
        const call = JSON.parse(Buffer.concat(parts).toString()) as Call
        node.calls.push(call)
        const isAllowed = request.url === '/rpc/v1' && request.method === 'POST'
        const wanted = node.token === '' ? undefined : `Bearer ${node.token}`
        const [status, body] =
          node.refusals.shift() ??
          (!isAllowed || request.headers.authorization !== wanted
            ? [401, 'no']
            : node.#answer(call))
        response.writeHead(status, { 'content-type': 'application/json' })
        response.end(typeof body === 'string' ? body : JSON.stringify(body))
      })
    })
    node.url = `${url}/rpc/v1`
    return node
  }

  #answer({ jsonrpc, id, method, params }: Call): readonly [number, unknown] {
    const ok = (result: unknown): readonly [number, unknown] => [200, { jsonrpc, id, result }]
    switch (method) {
      case 'Filecoin.Version':
        return ok({ Version: '1.34.0+mainnet', APIVersion: 131_840, BlockDelay: 30 })
      case 'Filecoin.ChainHead':
        return ok({ Cids: [], Blocks: [], Height: HEIGHT })
      case 'Filecoin.StateMinerInfo':
        return ok({ Owner: 'f01', Worker: 'f02', PeerId: `peer-of-${String(params[0])}`, Multiaddrs: [], SectorSize: 34_359_738_368 }) // prettier-ignore
      case 'Filecoin.StateMarketStorageDeal':
        return this.#deal(id, Number(params[0]))
      default:
        return [500, { jsonrpc, id, error: { code: -32_601, message: `method '${method}' not found` } }] // prettier-ignore
    }
  }

  #deal(id: number, number: number): readonly [number, unknown] {
    const deal = this.deals.get(number)
    if (deal === undefined)
      return [500, { jsonrpc: '2.0', id, error: { code: 1, message: `deal ${number} not found - deal may not have completed sealing before deal proposal start epoch, or deal may have been slashed` } }] // prettier-ignore
    const { Label, StartEpoch = 1000, EndEpoch = 9000, SectorStartEpoch = 900, SlashEpoch = -1 } = deal // prettier-ignore
    const Proposal = { PieceCID: { '/': 'baga6ea4seaq' }, PieceSize: 34_359_738_368, VerifiedDeal: true, Client: 'f0100', Provider: 'f01234', Label, StartEpoch, EndEpoch, StoragePricePerEpoch: '0', ProviderCollateral: '0', ClientCollateral: '0' } // prettier-ignore
    const State = { SectorNumber: 7, SectorStartEpoch, LastUpdatedEpoch: -1, SlashEpoch }
    return [200, { jsonrpc: '2.0', id, result: { Proposal, State } }]
  }
}
