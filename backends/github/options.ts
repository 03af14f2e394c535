/** The options of the github backend. */
import { isAbsolute } from 'node:path'
import { KitError } from '../../src/core/errors.js'
import { httpUrl, textOf, type OptionTable, type OptionTexts } from '../options.js'
import type { Branch } from './branch-files.js'

export const DEFAULT_BRANCH = 'ipfs-kit'
export const DEFAULT_RELEASE = 'ipfs-kit'
export const DEFAULT_API = 'https://api.github.com'

export const GITHUB_OPTIONS = {
  repo: { value: 'OWNER/NAME', help: 'the repository; it must be there' },
  store: {
    value: 'branch|releases',
    help: 'where files go: to a branch, 95 MiB each, or to the assets of a release, 2 GiB each',
    fallback: 'branch',
    choices: ['branch', 'releases']
  },
  branch: { value: 'NAME', help: 'the branch; it is made when needed', fallback: DEFAULT_BRANCH },
  url: {
    value: 'GIT-URL',
    help: 'any git repository, for --store branch',
    fallback: 'https://github.com/OWNER/NAME.git'
  },
  release: {
    value: 'TAG',
    help: 'the release; it is made when needed',
    fallback: DEFAULT_RELEASE
  },
  api: { value: 'URL', help: 'the REST API, for --store releases', fallback: DEFAULT_API },
  token: {
    help: 'the token',
    secret: {
      env: 'IPFS_KIT_GITHUB_TOKEN',
      use: (texts) => (isOverHttp(texts) ? 'allowed' : 'refused')
    },
    fallback: '$IPFS_KIT_GITHUB_TOKEN; without one, what git has for that host'
  }
} as const satisfies OptionTable

/** A token goes over HTTP alone; other ways have their own keys. */
function isOverHttp(texts: OptionTexts): boolean {
  const url = textOf(texts, 'url')
  return url === undefined || /^https?:/.test(url)
}

/** Where releases lie. */
export interface ReleasePlace {
  readonly api: URL
  readonly repo: string
  readonly tag: string
  readonly token: () => string | undefined
}

export type GithubOptions =
  | { readonly store: 'branch'; readonly branch: Branch }
  | { readonly store: 'releases'; readonly release: ReleasePlace }

const REPO = /^[\w.-]{1,100}\/[\w.-]{1,100}$/
const SCHEME = /^(?:https?|ssh|git|file):\/\/[^\s]+$/
/** As in `git@example.com:path`. */
const SCP = /^[\w.-]+@[\w.-]+:[^\s:][^\s]*$/

const wrong = (reason: string): KitError => new KitError('USAGE', reason)

/** @throws USAGE. */
export function githubOptions(texts: OptionTexts, token: () => string | undefined): GithubOptions {
  const repo = textOf(texts, 'repo')
  if (repo !== undefined && !REPO.test(repo)) throw wrong(`--repo takes OWNER/NAME, not "${repo}"`)
  if (textOf(texts, 'store') === 'releases') {
    if (repo === undefined) throw wrong('--repo is needed: releases are those of OWNER/NAME')
    const api = httpUrl('api', textOf(texts, 'api') ?? DEFAULT_API)
    const tag = refName('release', textOf(texts, 'release') ?? DEFAULT_RELEASE)
    if (textOf(texts, 'url') !== undefined)
      throw wrong('--url is of no use with --store releases: they lie behind --api')
    return { store: 'releases', release: { api, repo, tag, token } }
  }
  const url = textOf(texts, 'url') ?? (repo && `https://github.com/${repo}.git`)
  if (url === undefined) throw wrong('--repo OWNER/NAME or --url GIT-URL is needed')
  const branch = refName('branch', textOf(texts, 'branch') ?? DEFAULT_BRANCH)
  return { store: 'branch', branch: { url: gitUrl(url), branch, token } }
}

/** A text that git takes for a place, and neither for an option nor for a program to run. */
function gitUrl(text: string): string {
  if (/^https?:/.test(text)) httpUrl('url', text)
  const isPlace = SCHEME.test(text) || (SCP.test(text) && !text.startsWith('-')) || isAbsolute(text)
  if (!isPlace)
    throw wrong(
      `--url takes a URL by https, ssh, git or file, USER@HOST:PATH, or an absolute path, not "${text}"`
    )
  return text
}

/** Source: git-check-ref-format(1), of which this allows the plain part. */
function refName(option: string, text: string): string {
  const isPlain =
    /^[\w][\w.+@/-]{0,199}$/.test(text) && !/\.\.|\/\/|@\{|\.lock(?:$|\/)|\/\.|[./]$/.test(text)
  if (!isPlain) throw wrong(`--${option} takes a name such as "archive/2024", not "${text}"`)
  return text
}
