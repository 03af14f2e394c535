/** The options of the Kubo backend: the address of its API, its repository, its network. */
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { KitError } from '../../src/core/errors.js'
import { ifPresent } from '../../src/core/fs-durable.js'
import { isLoopback } from '../../src/core/loopback.js'
import { openBlockFolder } from '../flatfs.js'
import type { Origin } from '../http.js'
import { checkTexts, httpUrl, textOf, type OptionTable, type OptionTexts } from '../options.js'

export interface KuboOptions {
  readonly origin: Origin
  readonly headers: Readonly<Record<string, string>>
  /** Its repository on this machine; undefined where it is not to be read. */
  readonly repo: string | undefined
  readonly network: boolean
}

const DEFAULT_API = 'http://127.0.0.1:5001'

export const KUBO_OPTIONS = {
  api: {
    value: 'URL|/unix/PATH|MULTIADDR',
    help: 'its RPC API',
    fallback: `what its repository says, else ${DEFAULT_API}`
  },
  repo: {
    value: 'DIR|off',
    help: 'its repository, read directly where it is on this machine',
    fallback: '$IPFS_PATH, else ~/.ipfs'
  },
  network: {
    value: 'on|off',
    help: 'whether the node may search its network for what it has not',
    fallback: 'on',
    choices: ['on', 'off']
  }
} as const satisfies OptionTable

/** @throws USAGE. */
export function kuboOptions(texts: OptionTexts): KuboOptions {
  checkTexts(texts, KUBO_OPTIONS)
  const network = textOf(texts, 'network') ?? KUBO_OPTIONS.network.fallback
  const api = textOf(texts, 'api') ?? apiOf(textOf(texts, 'repo')) ?? DEFAULT_API
  return {
    origin: parseOrigin(api),
    headers: {},
    repo: repoOf(textOf(texts, 'repo'), api),
    network: network === 'on'
  }
}

/** @throws USAGE where a repository was named and is not there. */
export function checkKubo(texts: OptionTexts): void {
  const { repo } = kuboOptions(texts)
  if (textOf(texts, 'repo') === undefined || repo === undefined) return
  if (openBlockFolder(join(repo, 'blocks')) === undefined)
    throw new KitError(
      'USAGE',
      `--repo: ${repo} is no repository of Kubo with flatfs blocks that can be read`
    )
}

/** Reads the address that a running node wrote into its repository. */
function apiOf(repo: string | undefined): string | undefined {
  if (repo === undefined || repo === 'off') return undefined
  return ifPresent(() => readFileSync(join(repo, 'api'), 'utf8').trim())
}

/** A repository nobody named belongs to the node at the default address alone. */
function repoOf(text: string | undefined, api: string): string | undefined {
  if (text === 'off') return undefined
  if (text !== undefined) {
    if (!isAbsolute(text))
      throw new KitError('USAGE', `--repo takes an absolute path, not "${text}"`)
    return text
  }
  return api === DEFAULT_API ? process.env['IPFS_PATH'] || join(homedir(), '.ipfs') : undefined
}

/**
 * Gives the origin of a node's gateway, of whose address only the port is believed: the answer of
 * an API must not lead us to other machines.
 * @returns undefined where it is on no machine that we reach as this node's.
 */
export function gatewayBeside(api: Origin, multiaddr: string): Origin | undefined {
  const [, host = '', port] = /^\/ip[46]\/([0-9a-f.:]+)\/tcp\/(\d{1,5})$/i.exec(multiaddr) ?? []
  if (port === undefined || Number(port) > 65_535) return undefined
  const beside = 'url' in api ? api.url.hostname.replace(/^\[|\]$/g, '') : '127.0.0.1'
  const isHere = beside === 'localhost' || isLoopback(beside)
  const isOpen = host === '0.0.0.0' || host === '::'
  if (!isOpen && host !== beside && !(isHere && isLoopback(host))) return undefined
  const at = isOpen || !isHere ? beside : host
  return { url: new URL(`http://${isIP(at) === 6 ? `[${at}]` : at}:${port}`) }
}

function parseOrigin(text: string): Origin {
  if (!text.startsWith('/')) return { url: httpUrl('api', text) }
  const socket = /^\/unix(\/.+?)(?:\/http)?$/.exec(text)
  if (socket !== null) return { socketPath: socket[1]!, prefix: '' }
  const parts =
    /^\/(ip4|ip6|dns|dns4|dns6)\/([^/]+)\/tcp\/(\d+)(\/https|\/tls\/http|\/http)?$/.exec(text)
  if (parts === null)
    throw new KitError(
      'USAGE',
      `--api takes a URL, /unix/PATH or a multiaddr such as /ip4/127.0.0.1/tcp/5001, not "${text}"`
    )
  const [, kind, host, port, tail] = parts
  const scheme = tail === '/https' || tail === '/tls/http' ? 'https' : 'http'
  return { url: httpUrl('api', `${scheme}://${kind === 'ip6' ? `[${host}]` : host}:${port}`) }
}
