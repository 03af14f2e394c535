/** The options of the Kubo backend: the address of its API, its repository, its network. */
import { isIP } from 'node:net'
import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { isKitError, KitError } from '../../src/core/errors.js'
import { readRegularFile } from '../../src/core/read-regular.js'
import { isLoopback } from '../../src/core/loopback.js'
import { openBlockFolder } from '../flatfs.js'
import type { Origin } from '../http.js'
import type { Warn } from '../skipped.js'
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

/**
 * @param warn is told of a repository that says no address.
 * @throws USAGE.
 */
export function kuboOptions(texts: OptionTexts, warn?: Warn): KuboOptions {
  checkTexts(texts, KUBO_OPTIONS)
  const network = textOf(texts, 'network') ?? KUBO_OPTIONS.network.fallback
  const named = namedRepo(texts)
  const api = textOf(texts, 'api')
  const origin =
    api === undefined ? believedOrigin(named ?? usualRepo(), warn) : parseOrigin(api, '--api')
  const isUsual = api === undefined || isSame(origin, usualRepo())
  const repo = named ?? (isUsual && textOf(texts, 'repo') !== 'off' ? usualRepo() : undefined)
  return { origin, headers: {}, repo, network: network === 'on' }
}

/**
 * Returns the options with the repository that the environment names now: an engine that is started
 * elsewhere has another environment.
 */
export function completeKubo(texts: OptionTexts): OptionTexts {
  const path = process.env['IPFS_PATH']
  if (!path || texts['repo'] !== undefined || texts['api'] !== undefined) return texts
  return { ...texts, repo: [usualRepo()] }
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

/** The repository that Kubo's own command line would use. */
function usualRepo(): string {
  const path = process.env['IPFS_PATH'] || join(homedir(), '.ipfs')
  return resolve(path.replace(/^~(?=\/|$)/, homedir()))
}

/** @returns undefined for `off` too. @throws USAGE. */
function namedRepo(texts: OptionTexts): string | undefined {
  const text = textOf(texts, 'repo')
  if (text === undefined || text === 'off') return undefined
  if (isAbsolute(text)) return text
  throw new KitError('USAGE', `--repo takes an absolute path, not "${text}"`)
}

/** What a node wrote is not ours to mend, and must not stop the other backends. */
function believedOrigin(repo: string, warn?: Warn): Origin {
  try {
    return ownOrigin(repo)
  } catch (error) {
    if (!isKitError(error, 'USAGE')) throw error
    warn?.(
      `${join(repo, 'api')} says no address of an API; ${DEFAULT_API} is asked; start the node again, or name its --api`
    )
    return parseOrigin(DEFAULT_API, 'api')
  }
}

/**
 * Reads the address that a running node wrote into its repository; else it is the usual one.
 * @throws USAGE where the file says no address.
 */
function ownOrigin(repo: string): Origin {
  const path = join(repo, 'api')
  return parseOrigin(contentOf(path) ?? DEFAULT_API, path)
}

/** Bytes of the file that holds an address. */
const MAX_TEXT = 4096

/** @returns undefined for a file that cannot be read, as nobody named it. */
function contentOf(path: string): string | undefined {
  try {
    return Buffer.from(readRegularFile(path, MAX_TEXT)).toString('utf8').trim()
  } catch {
    return undefined
  }
}

/** A repository nobody named belongs to the node at the address that it says alone. */
function isSame(origin: Origin, repo: string): boolean {
  try {
    const own = ownOrigin(repo)
    if ('url' in origin) return 'url' in own && localHref(origin.url) === localHref(own.url)
    return 'socketPath' in own && origin.socketPath === own.socketPath
  } catch (error) {
    // What the repository says is no address.
    if (isKitError(error, 'USAGE')) return false
    throw error
  }
}

const localHref = ({ href }: URL): string => href.replace('//localhost', '//127.0.0.1')

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

/** @param where the text comes from, for messages. @throws USAGE. */
function parseOrigin(text: string, where: string): Origin {
  if (!text.startsWith('/') && URL.canParse(text)) return { url: httpUrl('api', text) }
  const socket = /^\/unix(\/.+?)(?:\/http)?$/.exec(text)
  if (socket !== null) return { socketPath: socket[1]!, prefix: '' }
  const parts =
    /^\/(ip4|ip6|dns|dns4|dns6)\/([^/]+)\/tcp\/(\d+)(\/https|\/tls\/http|\/http)?$/.exec(text)
  if (parts === null)
    throw new KitError(
      'USAGE',
      `${where} takes a URL, /unix/PATH or a multiaddr such as /ip4/127.0.0.1/tcp/5001, not "${text}"`
    )
  const [, kind, host, port, tail] = parts
  const scheme = tail === '/https' || tail === '/tls/http' ? 'https' : 'http'
  return { url: httpUrl('api', `${scheme}://${kind === 'ip6' ? `[${host}]` : host}:${port}`) }
}
