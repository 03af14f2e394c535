/**
 * Configuration: defaults < the file < the environment < flags (layers.ts). One table holds every
 * key with its type, default and meaning; a test compares config.schema.json with it.
 */
import type { DriverName, OpenMode } from '../mount/driver.js'
import { isIP } from 'node:net'
import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { isKitError, KitError } from '../core/errors.js'
import { LEVELS, LOG_FORMATS } from '../core/log.js'
import { PROFILES } from '../content/profile.js'
import { ROLES } from '../metadata/role.js'
import { parseNames, parseRules } from '../pins/policy-text.js'
import { configFileOf, fileValues, layered, unknownKeys, type Sources } from './layers.js'
import { parseDuration, parseSize } from './units.js'

/** The driver that speaks to the kernel; `auto` is raw on Linux, else fuse-native. */
export type DriverChoice = 'auto' | DriverName

/** A key of the configuration. */
interface Key<T> {
  /** The default, as the file would say it. */
  readonly standard: string | number | boolean
  /** One line for people, the same as in config.schema.json. */
  readonly meaning: string
  /** Words that it may be, for completion; none where it is anything else, such as a number. */
  readonly words?: readonly string[]
  /** Whether it is the path of a file or folder, where it is none of the words. */
  readonly isPath?: true
  /** Converts the value of the file. @throws Error with the expected form. */
  readonly read: (value: unknown) => T
}

const text = (standard: string, meaning: string): Key<string> => ({
  standard,
  meaning,
  read: (value) => {
    if (typeof value !== 'string' || value === '') throw new Error('must be a non-empty text')
    return value
  }
})

const path = (standard: string, meaning: string): Key<string> => ({
  ...text(standard, meaning),
  isPath: true
})

const flag = (standard: boolean, meaning: string): Key<boolean> => ({
  standard,
  meaning,
  words: ['true', 'false'],
  read: (value) => {
    if (typeof value !== 'boolean') throw new Error('must be true or false')
    return value
  }
})

const size = (standard: string, meaning: string): Key<number> => ({
  standard,
  meaning,
  read: (value) => {
    if (typeof value !== 'string') throw new Error('must be a size with its unit, such as "64MiB"')
    return parseSize(value)
  }
})

/** Makes a key in bytes, undefined for `auto`. */
const sizeOrAuto = (meaning: string): Key<number | undefined> => ({
  standard: 'auto',
  meaning,
  words: ['auto'],
  read: (value) => {
    if (typeof value !== 'string')
      throw new Error('must be "auto" or a size with its unit, such as "10GB"')
    return value === 'auto' ? undefined : parseSize(value)
  }
})

/** Makes a key in bytes, undefined for `off`. */
const sizeOrOff = (standard: string, meaning: string): Key<number | undefined> => ({
  standard,
  meaning,
  words: ['off'],
  read: (value) => {
    if (typeof value !== 'string')
      throw new Error('must be "off" or a size with its unit, such as "20MB"')
    const bytes = value === 'off' ? undefined : parseSize(value)
    if (bytes === 0) throw new Error('must be more than nothing; "off" is for nothing at all')
    return bytes
  }
})

const count = (standard: number, meaning: string): Key<number> => ({
  standard,
  meaning,
  read: (value) => {
    if (!Number.isSafeInteger(value) || (value as number) < 1)
      throw new Error('must be a whole number from 1 on')
    return value as number
  }
})

const countFromZero = (standard: number, meaning: string): Key<number> => ({
  standard,
  meaning,
  read: (value) => {
    if (!Number.isSafeInteger(value) || (value as number) < 0)
      throw new Error('must be a whole number from 0 on')
    return value as number
  }
})

/** Makes a key in milliseconds, undefined for `off`. */
const durationOrOff = (standard: string, meaning: string): Key<number | undefined> => ({
  standard,
  meaning,
  words: ['off'],
  read: (value) => {
    if (typeof value !== 'string')
      throw new Error('must be "off" or a duration with its unit, such as "30d"')
    return value === 'off' ? undefined : parseDuration(value)
  }
})

/** Makes a key of a text that a parser reads. */
const parsedText = <T>(meaning: string, parse: (text: string) => T): Key<T> => ({
  standard: 'none',
  meaning,
  words: ['none'],
  read: (value) => {
    if (typeof value !== 'string') throw new Error('must be a text')
    return parse(value)
  }
})

/** Returns domains in lower case. */
function parseDomains(text: string): readonly string[] {
  if (text === 'none') return []
  const domains = text.split(',').map((part) => part.trim().toLowerCase())
  const wrong = domains.find((domain) => domain !== '*' && !DOMAIN.test(domain))
  if (wrong === undefined) return domains
  throw new Error(`must be domains with commas between them, such as example.org; not "${wrong}"`)
}

const DOMAIN = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/

const octal = (standard: string, meaning: string): Key<number> => ({
  standard,
  meaning,
  read: (value) => {
    if (typeof value !== 'string' || !/^0?[0-7]{3}$/.test(value))
      throw new Error('must be three octal digits in quotes, such as "022"')
    return Number.parseInt(value, 8)
  }
})

const profile = (standard: keyof typeof PROFILES, meaning: string): Key<string> => ({
  standard,
  meaning,
  words: Object.keys(PROFILES),
  read: (value) => {
    if (typeof value !== 'string' || !Object.hasOwn(PROFILES, value))
      throw new Error(`must be one of ${Object.keys(PROFILES).join(', ')}`)
    return value
  }
})

const choice = <T extends string>(words: readonly T[], standard: T, meaning: string): Key<T> => ({
  standard,
  meaning,
  words,
  read: (value) => parseChoice(words, value)
})

export const PROFILE_NAMES: readonly string[] = Object.keys(PROFILES)
export const OPEN_MODES: readonly OpenMode[] = ['auto', 'passthrough', 'none']
export const DRIVERS: readonly DriverChoice[] = ['auto', 'raw', 'fuse-native']

/** Returns the value as one of the words. @throws Error listing them. */
function parseChoice<T extends string>(words: readonly T[], value: unknown): T {
  const found = words.find((word) => word === value)
  if (found === undefined) throw new Error(`must be one of ${words.join(', ')}`)
  return found
}

// A shorter deadline would fail ordinary fetches; a longer one bounds nothing.
const MIN_DEADLINE_MS = 1000
const MAX_DEADLINE_MS = 24 * 3_600_000

/** Makes a key in milliseconds, read from a text with its unit. */
const deadline = (standard: string, meaning: string): Key<number> => ({
  standard,
  meaning,
  read: (value) => {
    if (typeof value !== 'string')
      throw new Error('must be a duration with its unit, such as "60s"')
    const ms = parseDuration(value)
    if (ms < MIN_DEADLINE_MS || ms > MAX_DEADLINE_MS) throw new Error('must be from 1s to 24h')
    return ms
  }
})

/** Makes a key for the DNS resolver; a server is given by address, so that no DNS finds it. */
const resolver = (meaning: string): Key<string> => ({
  standard: 'off',
  meaning,
  words: ['off', 'system'],
  read: (value) => {
    const text = typeof value === 'string' ? value : ''
    if (text !== 'off' && text !== 'system' && addressOf(text) === undefined)
      throw new Error('must be "off", "system", or the address of a server, such as "1.1.1.1"')
    return text
  }
})

/** An address and a port to listen at. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** Makes a key for a listening address; listen.ts says when it may be used. */
const address = (standard: string, meaning: string): Key<Address | undefined> => ({
  standard,
  meaning,
  words: ['off'],
  read: (value) => {
    if (value === 'off') return undefined
    const found = typeof value === 'string' ? addressOf(value) : undefined
    if (found?.port === undefined)
      throw new Error('must be "off", or an address of this machine and a port: "127.0.0.1:9464"')
    return { host: found.host, port: found.port }
  }
})

/** Makes a key for a file, undefined for `off`. */
const file = (meaning: string): Key<string | undefined> => ({
  standard: 'off',
  meaning,
  isPath: true,
  read: (value) => {
    if (typeof value !== 'string' || value === '')
      throw new Error('must be "off" or the path of a file')
    return value === 'off' ? undefined : expandHome(value)
  }
})

/** Parses `ADDRESS`, `ADDRESS:PORT` or `[ADDRESS]:PORT`; undefined for a host name. */
function addressOf(text: string): { host: string; port: number | undefined } | undefined {
  // A bare IPv6 address has colons, too, so it is tried first.
  if (isIP(text) !== 0) return { host: text, port: undefined }
  const [, inBrackets, plain, digits] = /^(?:\[(.+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? []
  const host = inBrackets ?? plain ?? ''
  const port = Number(digits)
  return isIP(host) === 0 || port > 65_535 ? undefined : { host, port }
}

/** All keys by dotted path. */
export const KEYS = {
  'mount.path': path('~/ipfs', 'where `mount` mounts when no path is given'),
  'mount.umask': octal('000', 'permission bits taken away from what is shown'),
  'mount.allow_other': flag(false, 'let other users enter the mount'),
  'mount.open': choice(OPEN_MODES, 'auto', 'how files are opened: auto, passthrough or none'),
  'mount.driver': choice(DRIVERS, 'auto', 'who speaks to the kernel: auto, raw or fuse-native'),
  'mount.deadline': deadline('60s', 'how long a request waits at most; it then gets ETIMEDOUT'),
  'mount.memory': size('64MiB', 'memory for chunk and directory tables'),
  'cache.size': sizeOrAuto(
    'disk tier of the cache; auto is 10 GB or a tenth of the free space, whichever is less'
  ),
  'cache.memory': size('100MB', 'memory tier of the cache'),
  'cache.max_item_size': size('50MB', 'largest block that is kept in memory'),
  'cache.min_access_count': count(2, 'how often a block is asked for before it is kept in memory'),
  'store.scrub_rate': sizeOrOff(
    '20MB',
    'how many bytes of the store the engine hashes in a second at most, to find what rots; off for none'
  ),
  'pins.replicas': countFromZero(
    0,
    'how many backends shall have a copy of each pin that is stored on one; 0 for those that are named'
  ),
  'pins.keep': flag(
    true,
    'whether the engine stores again what backends lack, and verifies copies from time to time'
  ),
  'pins.verify_every': durationOrOff(
    '30d',
    'how often the engine looks whether a copy on a backend is still there; off for never'
  ),
  'pins.cold_after': durationOrOff(
    'off',
    'after how long without reads pins are kept on the cheapest backends, and before that on the nearest'
  ),
  'pins.required': parsedText(
    'backends that shall have a copy of each pin, with commas between them; none for none',
    parseNames
  ),
  'pins.preferred': parsedText(
    'backends to choose before others, with commas between them; none for none',
    parseNames
  ),
  'pins.rules': parsedText(
    'other demands on some pins, the first that holds counts: "tag=master replicas=3; size>=1GiB require=archive; age>=30d replicas=1 prefer=tape"; none for none',
    (text) => parseRules(text, { size: parseSize, duration: parseDuration })
  ),
  'metadata.role': choice(
    ROLES,
    'leecher',
    'what this node does with indexes of others, and with its own: master keeps and publishes all, worker what is its own, leecher keeps all and publishes nothing'
  ),
  'query.memory': sizeOrAuto(
    'memory of one statement of SQL; auto is a quarter of what the machine has, from 512 MiB on'
  ),
  'query.timeout': deadline('10min', 'how long one statement of SQL may take'),
  'query.temporary': size(
    '10GB',
    'disk space of one statement of SQL, for what memory cannot hold'
  ),
  'names.resolver': resolver(
    'who resolves domains below ipns/ (DNSLink): off, system, or the address of a server'
  ),
  'service.listen': address(
    '127.0.0.1:8520',
    'where programs of this user reach the engine (REST, the RPC of Kubo, MCP) with the token in run/token; off for nowhere but its socket. Other machines reach it only with a certificate and service.token_file'
  ),
  'service.token_file': file(
    'file with a token of your own, 16 characters or more, instead of a new one for each engine; off for that'
  ),
  'service.tls_certificate': file(
    'file with the certificates (PEM) by which service and gateway speak TLS; off for plain HTTP'
  ),
  'service.tls_key': file('file with the key of service.tls_certificate (PEM); off for none'),
  'gateway.listen': address(
    '127.0.0.1:8580',
    'where browsers and other nodes read content by its path, without a token; off for nowhere. Other machines reach it only with a certificate and service.token_file'
  ),
  'gateway.fetch': flag(
    false,
    'whether the gateway fetches what is not here from the backends, for whoever on this machine asks'
  ),
  'gateway.domains': parsedText(
    'domains beside localhost under which the gateway is reached, behind a proxy or by /etc/hosts, with commas between them: their subdomains show content. `*` answers every host, with the website of its DNSLink where it has one; none for none',
    parseDomains
  ),
  'metrics.listen': address(
    'off',
    'where /metrics answers, such as 127.0.0.1:9464; off for nowhere. Other machines reach it only with metrics.token_file'
  ),
  'metrics.token_file': file(
    'file with the token, 16 characters or more, that a request for /metrics has to bring; off for none'
  ),
  'log.level': choice(LEVELS, 'info', 'what the engine logs: error, warn, info or debug'),
  'log.format': choice(LOG_FORMATS, 'text', 'lines of the log of the engine: text or json'),
  'add.profile': profile('unixfs-v1-2025', 'how files are cut into blocks')
} as const

export type KeyName = keyof typeof KEYS

/** Returns what is said of a key, whichever it is. */
export const keyNamed = (name: KeyName): Key<unknown> => KEYS[name]

export type Config = { readonly [K in KeyName]: ReturnType<(typeof KEYS)[K]['read']> }

/** Puts the user's home directory for a leading `~`; the rest is left to whoever follows links. */
export const expandTilde = (path: string): string =>
  path === '~' || path.startsWith('~/') ? homedir() + path.slice(1) : path

/** Returns an absolute path, in which a leading `~` is the user's home directory. */
export const expandHome = (path: string): string => resolve(expandTilde(path))

/** A configuration that may be wrong in part. */
export interface OpenedConfig {
  /** Reading a key whose value is wrong, or not known as the file cannot be read, throws. */
  readonly config: Config
  readonly problems: readonly KitError[]
}

/** Opens the configuration of a home as far as it is valid: who needs no wrong key can go on. */
export function openConfig(home: string, sources: Sources<KeyName> = {}): OpenedConfig {
  const problems: KitError[] = []
  const { inFile, fault } = valuesOrFault(home, sources.file)
  if (fault !== undefined) problems.push(fault)
  for (const unknown of unknownKeys(configFileOf(home, sources.file), inFile, KEYS))
    problems.push(new KitError('CONFIG_INVALID', unknown))
  const config = {}
  for (const { key, value, origin, source } of layered(home, KEYS, inFile, sources)) {
    // What stands in a file that cannot be read is not known, so a default would be a guess.
    const wrong = origin === 'default' ? fault : problemOf(() => readKey(source, key, value))
    if (wrong === undefined) Object.defineProperty(config, key, { value: readKey(source, key, value), enumerable: true }) // prettier-ignore
    else Object.defineProperty(config, key, { get: () => { throw wrong }, enumerable: true }) // prettier-ignore
    if (wrong !== undefined && wrong !== fault) problems.push(wrong)
  }
  return { config: Object.freeze(config) as Config, problems }
}

function valuesOrFault(
  home: string,
  file: string | undefined
): { readonly inFile: ReadonlyMap<string, unknown>; readonly fault?: KitError } {
  try {
    return { inFile: fileValues(home, file) }
  } catch (error) {
    return { inFile: new Map(), fault: configError(error) }
  }
}

function problemOf(read: () => unknown): KitError | undefined {
  try {
    read()
    return undefined
  } catch (error) {
    return configError(error)
  }
}

/** @throws any error that does not tell of the configuration. */
function configError(error: unknown): KitError {
  if (isKitError(error, 'CONFIG_INVALID')) return error
  throw error
}

/**
 * Loads the configuration of a home.
 * @throws CONFIG_INVALID naming the file or variable, the key and the expected form.
 */
export function loadConfig(home: string, sources: Sources<KeyName> = {}): Config {
  const { config, problems } = openConfig(home, sources)
  if (problems[0] !== undefined) throw problems[0]
  return config
}

/** Reads one value. @throws CONFIG_INVALID naming the source and the key. */
export function readKey(source: string, key: KeyName, value: unknown): unknown {
  try {
    return KEYS[key].read(value)
  } catch (error) {
    throw new KitError('CONFIG_INVALID', `${source}: ${key} ${(error as Error).message}`, {
      cause: error
    })
  }
}
