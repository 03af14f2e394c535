/** The options of the IPFS Cluster backend. */
import { KitError } from '../../src/core/errors.js'
import { httpUrl, textOf, type OptionTable, type OptionTexts } from '../options.js'

const DEFAULT_URL = 'http://127.0.0.1:9094'

export const IPFS_CLUSTER_OPTIONS = {
  cluster: { value: 'URL', help: 'the REST API of a cluster peer', fallback: DEFAULT_URL },
  'basic-auth': {
    value: 'NAME:PASSWORD',
    help: 'the name and password of its API',
    secret: { env: 'CLUSTER_CREDENTIALS', use: () => 'allowed' }
  },
  'replication-min': {
    value: 'N',
    help: 'how many peers must have a pin for it to count as pinned; -1 for all',
    fallback: "the cluster's own, and all that are to have it"
  },
  'replication-max': {
    value: 'N',
    help: 'how many peers are to have a pin; -1 for all',
    fallback: "the cluster's own"
  }
} as const satisfies OptionTable

export interface Replication {
  readonly min: number | undefined
  readonly max: number | undefined
}

export interface IpfsClusterOptions {
  readonly url: URL
  readonly replication: Replication
}

/** @throws USAGE for what is no http or https URL, or no number of peers. */
export function ipfsClusterOptions(texts: OptionTexts): IpfsClusterOptions {
  const min = countOf(texts, 'replication-min')
  const max = countOf(texts, 'replication-max')
  if ((min === -1) !== (max === -1) && min !== undefined && max !== undefined)
    throw new KitError('USAGE', '--replication-min and --replication-max are both -1, or none is')
  if (min !== undefined && max !== undefined && min > max)
    throw new KitError('USAGE', '--replication-min must not be more than --replication-max')
  return { url: httpUrl('cluster', textOf(texts, 'cluster') ?? DEFAULT_URL), replication: { min, max } } // prettier-ignore
}

function countOf(texts: OptionTexts, option: string): number | undefined {
  const text = textOf(texts, option)
  if (text === undefined) return undefined
  if (/^(-1|[1-9]\d{0,3})$/.test(text)) return Number(text)
  throw new KitError('USAGE', `--${option} takes a number of peers, or -1 for all, not "${text}"`)
}
