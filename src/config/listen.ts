/** Decides whether /metrics may be served at the configured address. */
import { readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { KitError, toKitError } from '../core/errors.js'
import { isLoopback } from '../core/loopback.js'
import type { Address, Config } from './config.js'

export interface Listen extends Address {
  /** The file with the token that requests have to bring; null where none is needed. */
  readonly tokenFile: string | null
}

/** Fewest characters of a token. */
const MIN_TOKEN = 16

/**
 * Returns where to listen; undefined for nowhere.
 * @throws CONFIG_INVALID for an address of another machine, and for one that other machines reach
 * where there is no token.
 */
export function listenOf(config: Config): Listen | undefined {
  const address = config['metrics.listen']
  if (address === undefined) return undefined
  const { host } = address
  const tokenFile = config['metrics.token_file'] ?? null
  if (!isLoopback(host) && !isOfThisMachine(host))
    throw new KitError(
      'CONFIG_INVALID',
      `metrics.listen: ${host} is no address of this machine; it has ${[...addressesHere()].join(', ')}`
    )
  if (!isLoopback(host) && tokenFile === null)
    throw new KitError(
      'CONFIG_INVALID',
      `metrics.listen: other machines reach ${host}, so a token is needed: write one of ${MIN_TOKEN} characters or more into a file and name it in metrics.token_file, or listen at 127.0.0.1`
    )
  if (tokenFile !== null) void readToken(tokenFile)
  return { ...address, tokenFile }
}

/** Returns the token in a file, without the white space around it. @throws CONFIG_INVALID. */
export function readToken(path: string): string {
  let token: string
  try {
    token = readFileSync(path, 'utf8').trim()
  } catch (error) {
    throw new KitError(
      'CONFIG_INVALID',
      `metrics.token_file: ${path} cannot be read: ${toKitError(error).message}`,
      { cause: error }
    )
  }
  if (token.length < MIN_TOKEN || /\s/.test(token))
    throw new KitError(
      'CONFIG_INVALID',
      `metrics.token_file: ${path} must hold one word of ${MIN_TOKEN} characters or more`
    )
  return token
}

/** Addresses that stand for all of this machine's. */
const ALL_ADDRESSES: ReadonlySet<string> = new Set(['0.0.0.0', '::'])

const isOfThisMachine = (host: string): boolean =>
  ALL_ADDRESSES.has(host) || addressesHere().has(host)

const addressesHere = (): ReadonlySet<string> =>
  new Set(
    Object.values(networkInterfaces()).flatMap((found = []) => found.map(({ address }) => address))
  )
