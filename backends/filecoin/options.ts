/** The options of the Filecoin backend. */
import { Cid } from '../../src/core/cid.js'
import { isKitError, KitError } from '../../src/core/errors.js'
import { httpUrl, textOf, type OptionTable, type OptionTexts } from '../options.js'

export const FILECOIN_OPTIONS = {
  provider: {
    value: 'URL',
    help: "a storage provider's retrieval over HTTP; repeatable",
    repeatable: true,
    required: true
  },
  lotus: {
    value: 'URL',
    help: 'the JSON-RPC API of a Lotus node, such as https://api.node.glif.io/rpc/v1, for the states of deals'
  },
  deal: {
    value: 'ID[=CID]',
    help: 'a storage deal, with the root that it keeps unless its label says that; repeatable',
    repeatable: true
  },
  'lotus-token': {
    value: 'TOKEN',
    help: 'the token of the Lotus node',
    secret: {
      env: 'LOTUS_API_TOKEN',
      use: (texts) => (texts['lotus'] === undefined ? 'refused' : 'allowed')
    }
  }
} as const satisfies OptionTable

export interface NamedDeal {
  readonly id: number
  /** The root that it keeps; undefined where the label of the deal says it. */
  readonly root: Cid | undefined
}

export interface FilecoinOptions {
  readonly providers: readonly URL[]
  readonly lotus: URL | undefined
  readonly deals: readonly NamedDeal[]
}

/** The most deals of one backend: each is asked for by itself. */
const MAX_DEALS = 200

/** @throws USAGE for what is no http or https URL, or no deal, and for deals without a Lotus node. */
export function filecoinOptions(texts: OptionTexts): FilecoinOptions {
  const lotus = textOf(texts, 'lotus')
  const deals = (texts['deal'] ?? []).map(dealIn)
  if (deals.length > 0 && lotus === undefined)
    throw new KitError('USAGE', '--deal needs --lotus URL, which knows the states of deals')
  if (deals.length > MAX_DEALS)
    throw new KitError('USAGE', `--deal can be given ${MAX_DEALS} times at most`)
  return {
    providers: (texts['provider'] ?? []).map((text) => httpUrl('provider', text)),
    lotus: lotus === undefined ? undefined : httpUrl('lotus', lotus),
    deals
  }
}

function dealIn(text: string): NamedDeal {
  const [, id, root] = /^(\d{1,15})(?:=(.+))?$/.exec(text) ?? []
  const wrong = new KitError('USAGE', `--deal takes the number of a deal, such as 12345 or 12345=bafy…, not "${text}"`) // prettier-ignore
  if (id === undefined) throw wrong
  try {
    return { id: Number(id), root: root === undefined ? undefined : Cid.parse(root) }
  } catch (error) {
    throw isKitError(error, 'INVALID_CID') ? wrong : error
  }
}
