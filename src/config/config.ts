/**
 * Configuration: defaults < the file < the environment < flags. One table holds every key with its
 * type, default and meaning; a test compares config.schema.json with it.
 */
import type { DriverName, OpenMode } from '../mount/driver.js'
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { KitError } from '../core/errors.js'
import { isLoopback } from '../core/loopback.js'
import { ifPresent } from '../core/fs-durable.js'
import { PROFILES } from '../content/profile.js'
import { parseDuration, parseSize } from './units.js'

/** The driver that speaks to the kernel; `auto` is raw on Linux, else fuse-native. */
export type DriverChoice = 'auto' | DriverName

/** A key of the configuration. */
interface Key<T> {
  readonly fallback: T
  /** One line for people, the same as in config.schema.json. */
  readonly meaning: string
  /** Converts the value of the file. @throws Error with the expected form. */
  readonly read: (value: unknown) => T
}

const text = (fallback: string, meaning: string): Key<string> => ({
  fallback,
  meaning,
  read: (value) => {
    if (typeof value !== 'string' || value === '') throw new Error('must be a non-empty text')
    return value
  }
})

const flag = (fallback: boolean, meaning: string): Key<boolean> => ({
  fallback,
  meaning,
  read: (value) => {
    if (typeof value !== 'boolean') throw new Error('must be true or false')
    return value
  }
})

const size = (fallback: string, meaning: string): Key<number> => ({
  fallback: parseSize(fallback),
  meaning,
  read: (value) => {
    if (typeof value !== 'string') throw new Error('must be a size with its unit, such as "64MiB"')
    return parseSize(value)
  }
})

/** Makes a key in bytes, undefined for `auto`. */
const sizeOrAuto = (meaning: string): Key<number | undefined> => ({
  fallback: undefined,
  meaning,
  read: (value) => {
    if (typeof value !== 'string')
      throw new Error('must be "auto" or a size with its unit, such as "10GB"')
    return value === 'auto' ? undefined : parseSize(value)
  }
})

const count = (fallback: number, meaning: string): Key<number> => ({
  fallback,
  meaning,
  read: (value) => {
    if (!Number.isSafeInteger(value) || (value as number) < 1)
      throw new Error('must be a whole number from 1 on')
    return value as number
  }
})

const octal = (fallback: string, meaning: string): Key<number> => ({
  fallback: Number.parseInt(fallback, 8),
  meaning,
  read: (value) => {
    if (typeof value !== 'string' || !/^0?[0-7]{3}$/.test(value))
      throw new Error('must be three octal digits in quotes, such as "022"')
    return Number.parseInt(value, 8)
  }
})

const profile = (fallback: keyof typeof PROFILES, meaning: string): Key<string> => ({
  fallback,
  meaning,
  read: (value) => {
    if (typeof value !== 'string' || !Object.hasOwn(PROFILES, value))
      throw new Error(`must be one of ${Object.keys(PROFILES).join(', ')}`)
    return value
  }
})

const choice = <T extends string>(words: readonly T[], fallback: T, meaning: string): Key<T> => ({
  fallback,
  meaning,
  read: (value) => parseChoice(words, value)
})

export const OPEN_MODES: readonly OpenMode[] = ['auto', 'passthrough', 'none']
export const DRIVERS: readonly DriverChoice[] = ['auto', 'raw', 'fuse-native']

/** Returns the value as one of the words. @throws Error listing them. */
export function parseChoice<T extends string>(words: readonly T[], value: unknown): T {
  const found = words.find((word) => word === value)
  if (found === undefined) throw new Error(`must be one of ${words.join(', ')}`)
  return found
}

// A shorter deadline would fail ordinary fetches; a longer one bounds nothing.
const MIN_DEADLINE_MS = 1000
const MAX_DEADLINE_MS = 24 * 3_600_000

/** Makes a key in milliseconds, read from a text with its unit. */
const deadline = (fallback: string, meaning: string): Key<number> => ({
  fallback: parseDuration(fallback),
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
  fallback: 'off',
  meaning,
  read: (value) => {
    const text = typeof value === 'string' ? value : ''
    if (text !== 'off' && text !== 'system' && addressOf(text) === undefined)
      throw new Error('must be "off", "system", or the address of a server, such as "1.1.1.1"')
    return text
  }
})

/** A local address to listen at. */
export interface Listen {
  readonly host: string
  readonly port: number
}

/** Makes a key for a listening address; only loopback, because the answers need no password. */
const loopback = (meaning: string): Key<Listen | undefined> => ({
  fallback: undefined,
  meaning,
  read: (value) => {
    if (value === 'off') return undefined
    const found = typeof value === 'string' ? addressOf(value) : undefined
    if (found?.port === undefined || !isLoopback(found.host))
      throw new Error('must be "off", or an address of this machine and a port: "127.0.0.1:9464"')
    return { host: found.host, port: found.port }
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
  'mount.path': text('~/ipfs', 'where `mount` mounts when no path is given'),
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
  'names.resolver': resolver(
    'who resolves domains below ipns/ (DNSLink): off, system, or the address of a server'
  ),
  'metrics.listen': loopback(
    'where /metrics answers, such as 127.0.0.1:9464; off for nowhere. On this machine alone'
  ),
  'add.profile': profile('unixfs-v1-2025', 'how files are cut into blocks')
} as const

export type Config = { readonly [K in keyof typeof KEYS]: ReturnType<(typeof KEYS)[K]['read']> }

/** Returns an absolute path, in which a leading `~` is the user's home directory. */
export const expandHome = (path: string): string =>
  path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : resolve(path)

/**
 * Loads the configuration of a home.
 * @param explicit a file named on the command line; it must exist.
 * @throws CONFIG_INVALID naming the file, the key and the expected form.
 */
export function loadConfig(home: string, explicit: string | undefined): Config {
  const path = explicit ?? join(home, 'mount.config.json')
  const content = ifPresent(() => readFileSync(path, 'utf8'))
  if (content === undefined && explicit !== undefined)
    throw new KitError('CONFIG_INVALID', `there is no configuration file ${path}`)
  const values = content === undefined ? new Map<string, unknown>() : flatten(path, content)
  const config: Record<string, unknown> = {}
  for (const [key, { fallback, read }] of Object.entries(KEYS)) {
    const value = values.get(key)
    values.delete(key)
    // Keys that remain after this loop are unknown.
    config[key] = value === undefined ? fallback : readKey(path, key, value, read)
  }
  const [unknown] = values.keys()
  if (unknown !== undefined)
    throw new KitError(
      'CONFIG_INVALID',
      `${path}: unknown key "${unknown}"; known are ${Object.keys(KEYS).join(', ')}`
    )
  return Object.freeze(config) as Config
}

/** Reads one value. @throws CONFIG_INVALID naming the file and the key. */
function readKey(path: string, key: string, value: unknown, read: (value: unknown) => unknown) {
  try {
    return read(value)
  } catch (error) {
    throw new KitError('CONFIG_INVALID', `${path}: ${key} ${(error as Error).message}`, {
      cause: error
    })
  }
}

/** Flattens nested objects to dotted keys, without `$schema`, which is for editors. */
function flatten(path: string, content: string): Map<string, unknown> {
  let parsed: unknown
  try {
    parsed = JSON.parse(content)
  } catch (error) {
    throw new KitError('CONFIG_INVALID', `${path} is not JSON: ${(error as Error).message}`, {
      cause: error
    })
  }
  const values = new Map<string, unknown>()
  const visit = (value: unknown, prefix: string): void => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      values.set(prefix, value)
    else
      for (const [key, inner] of Object.entries(value))
        if (prefix !== '' || key !== '$schema')
          visit(inner, prefix === '' ? key : `${prefix}.${key}`)
  }
  visit(parsed, '')
  return values
}
