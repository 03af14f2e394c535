/** The options of the huggingface backend. */
import { KitError } from '../../src/core/errors.js'
import { httpUrl, textOf, type OptionTable, type OptionTexts } from '../options.js'

const DEFAULT_ENDPOINT = 'https://huggingface.co'

export const HUGGINGFACE_OPTIONS = {
  repo: { value: 'OWNER/NAME', help: 'the repository; it must be there', required: true },
  'repo-type': {
    value: 'dataset|model',
    help: 'what the repository is there',
    fallback: 'dataset',
    choices: ['dataset', 'model']
  },
  revision: { value: 'BRANCH', help: 'the branch; it must be there', fallback: 'main' },
  endpoint: { value: 'URL', help: 'the hub', fallback: DEFAULT_ENDPOINT },
  token: {
    help: 'the token',
    secret: { env: 'HF_TOKEN', use: () => 'allowed' },
    fallback: '$HF_TOKEN; without one, what is public can be read'
  }
} as const satisfies OptionTable

/** Where files lie on a hub. */
export interface HubPlace {
  readonly endpoint: URL
  readonly repo: string
  readonly type: 'dataset' | 'model'
  readonly revision: string
  /** Gives the token; without one, what is public can be read. */
  readonly token: () => string | undefined
}

const REPO = /^[\w-][\w.-]{0,95}\/[\w-][\w.-]{0,95}$/
const REVISION = /^\w[\w./-]{0,199}$/

/** @throws USAGE. */
export function hubPlace(texts: OptionTexts, token: () => string | undefined): HubPlace {
  const repo = textOf(texts, 'repo') ?? ''
  if (!REPO.test(repo)) throw new KitError('USAGE', `--repo takes OWNER/NAME, not "${repo}"`)
  const revision = textOf(texts, 'revision') ?? 'main'
  if (!REVISION.test(revision) || revision.includes('..'))
    throw new KitError('USAGE', `--revision takes the name of a branch, not "${revision}"`)
  const endpoint = httpUrl('endpoint', textOf(texts, 'endpoint') ?? DEFAULT_ENDPOINT)
  const type = textOf(texts, 'repo-type') === 'model' ? 'model' : 'dataset'
  return { endpoint, repo, type, revision, token }
}
