/** Decides at which addresses the engine may listen: other machines need a token, and TLS where they send it. */
import { readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { createSecureContext } from 'node:tls'
import { KitError, toKitError } from '../core/errors.js'
import { isLoopback } from '../core/loopback.js'
import type { Address, Config } from './config.js'

export interface Listen extends Address {
  /** The file with the token that requests have to bring; null where none is configured. */
  readonly tokenFile: string | null
  /** The files with certificate and key; null for plain HTTP. */
  readonly tls: TlsFiles | null
}

export interface TlsFiles {
  readonly certificate: string
  readonly key: string
}

/** Where an engine listens beside its socket; null for nowhere. */
export interface Ports {
  /** Everything, with a token. */
  readonly service: Listen | null
  /** Content alone, without a token on this machine. */
  readonly gateway: Listen | null
  /** Whether the gateway fetches what is not here. */
  readonly gatewayFetches: boolean
  /** Domains under which the gateway is reached; `*` for every host. */
  readonly gatewayDomains: readonly string[]
  /** /metrics, with a token where one is configured. */
  readonly metrics: Listen | null
}

export type PortName = 'service' | 'gateway' | 'metrics'

/** Fewest characters of a token. */
const MIN_TOKEN = 16

/**
 * Returns where to listen.
 * @throws CONFIG_INVALID for an address of another machine, for one that other machines reach where
 * there is no token or certificate, and for files that cannot be used.
 */
export function portsOf(config: Config): Ports {
  const tls = tlsOf(config)
  const token = config['service.token_file'] ?? null
  const at = (name: PortName, tokenFile: string | null, files: TlsFiles | null): Listen | null => {
    const address = config[`${name}.listen`]
    if (address === undefined) return null
    checkHost(name, address.host, tokenFile, files)
    return { ...address, tokenFile, tls: files }
  }
  const ports = {
    service: at('service', token, tls),
    gateway: at('gateway', token, tls),
    gatewayFetches: config['gateway.fetch'],
    gatewayDomains: config['gateway.domains'],
    metrics: at('metrics', config['metrics.token_file'] ?? null, null)
  }
  for (const key of ['service.token_file', 'metrics.token_file'] as const) {
    const path = config[key]
    if (path !== undefined) void readToken(path, key)
  }
  return ports
}

/** @throws CONFIG_INVALID where an address is not for this engine, or not without what it lacks. */
function checkHost(
  name: PortName,
  host: string,
  tokenFile: string | null,
  tls: TlsFiles | null
): void {
  if (isLoopback(host)) return
  const key = `${name}.listen`
  if (!isOfThisMachine(host))
    throw new KitError(
      'CONFIG_INVALID',
      `${key}: ${host} is no address of this machine; it has ${[...addressesHere()].join(', ')}`
    )
  const tokenKey = name === 'metrics' ? 'metrics.token_file' : 'service.token_file'
  if (tokenFile === null)
    throw new KitError(
      'CONFIG_INVALID',
      `${key}: other machines reach ${host}, so a token is needed: write one of ${MIN_TOKEN} characters or more into a file and name it in ${tokenKey}, or listen at 127.0.0.1`
    )
  if (name !== 'metrics' && tls === null)
    throw new KitError(
      'CONFIG_INVALID',
      `${key}: other machines reach ${host}, so TLS is needed: name a certificate and its key in service.tls_certificate and service.tls_key, or listen at 127.0.0.1`
    )
}

/** @throws CONFIG_INVALID where one of the files is missing, or they do not fit each other. */
function tlsOf(config: Config): TlsFiles | null {
  const certificate = config['service.tls_certificate']
  const key = config['service.tls_key']
  if (certificate === undefined && key === undefined) return null
  if (certificate === undefined || key === undefined)
    throw new KitError('CONFIG_INVALID', 'service.tls_certificate and service.tls_key are needed both') // prettier-ignore
  const files = { certificate, key }
  readTls(files)
  return files
}

/** Returns the contents of the files. @throws CONFIG_INVALID. */
export function readTls({ certificate, key }: TlsFiles): { cert: Buffer; key: Buffer } {
  try {
    const read = { cert: readFileSync(certificate), key: readFileSync(key) }
    createSecureContext(read)
    return read
  } catch (error) {
    throw new KitError(
      'CONFIG_INVALID',
      `service.tls_certificate and service.tls_key: ${certificate} and ${key} cannot be used: ${toKitError(error).message}`,
      { cause: error }
    )
  }
}

/** Returns the token in a file, without the white space around it. @throws CONFIG_INVALID. */
export function readToken(path: string, key: string): string {
  let token: string
  try {
    token = readFileSync(path, 'utf8').trim()
  } catch (error) {
    throw new KitError(
      'CONFIG_INVALID',
      `${key}: ${path} cannot be read: ${toKitError(error).message}`,
      { cause: error }
    )
  }
  if (token.length < MIN_TOKEN || /\s/.test(token))
    throw new KitError(
      'CONFIG_INVALID',
      `${key}: ${path} must hold one word of ${MIN_TOKEN} characters or more`
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
