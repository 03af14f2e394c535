/**
 * Resolution of names: IPNS names by their records, keys by the names that key holders such as
 * Kubo gave them, domains by DNSLink. Results are verified, and cached for seconds.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { Cid } from '../core/cid.js'
import type { Clock } from '../core/clock.js'
import { isKitError, KitError } from '../core/errors.js'
import { SingleFlight } from '../core/single-flight.js'
import { WorkWindow } from '../core/work-window.js'
import { DnsLink } from './dnslink.js'
import { parseIpnsName, type IpnsName } from './ipns-name.js'
import { MAX_PATH, verifyIpnsRecord, type IpnsRecord } from './ipns-record.js'
import type { FixedNames } from './fixed-names.js'
import type { RecordStore } from './kept-records.js'
import { LocalKeys, type KeyListing } from './local-keys.js'
import { newestRecord } from './record-lookup.js'
import type { KeySource, RecordSource } from './sources.js'
import { ABSENT_TTL_MS, DNSLINK_TTL_MS, GRACE_MS, MAX_TTL_MS } from './ttl.js'

/** Maximum number of names on the way to a CID. */
const MAX_HOPS = 16
const MAX_LISTED = 4096
/** Names whose results are remembered: those of a listing are not lost to the others meanwhile. */
const MAX_REMEMBERED = 2 * MAX_LISTED
/** Names of a listing that are looked up at a time. */
const MAX_RESOLVED_AT_ONCE = 64

export interface NamesPorts {
  readonly records: () => readonly RecordSource[]
  readonly keys: () => readonly KeySource[]
  readonly dnsLink: DnsLink | undefined
  /** Domains that are given their paths, whatever DNS says. */
  readonly fixed?: FixedNames
  readonly kept: RecordStore
  /** Resolves a content path to its CID. @throws BLOCK_NOT_FOUND, PATH_NOT_FOUND. */
  readonly follow: (path: string, signal: AbortSignal) => Promise<Cid>
}

/** The resolution of one name to a path, which may begin with another name. */
interface Step {
  readonly path: string
  /** Time until which it is used unasked, and time until which it is used if no source answers. */
  readonly freshUntil: number
  readonly goodUntil: number
  readonly sequence: bigint
  /** For how many ms the publisher allows it to be kept, from now on. */
  readonly ttlMs: number
  /** The signed record that says it; undefined for a domain. */
  readonly record?: IpnsRecord
}

/** A name and the CID it resolves to. */
export interface NamedCid {
  readonly name: string
  readonly cid: Cid
}

/** A cached result; `cid` is undefined if the name does not exist. */
interface CachedName {
  readonly cid: Cid | undefined
  readonly until: number
  /** For how many ms others may keep it. */
  readonly ttlMs: number
}

/** The names of one engine, with the caches of their results. */
export class Names {
  readonly #ports: NamesPorts
  readonly #known = new Map<string, CachedName>()
  readonly #steps = new Map<string, Step>()
  readonly #flights = new SingleFlight<void>()
  readonly #keys: LocalKeys
  readonly #clock: Clock
  #listing: { readonly names: readonly NamedCid[]; readonly until: number } = { names: [], until: 0 } // prettier-ignore

  constructor(ports: NamesPorts, clock: Clock) {
    this.#ports = ports
    this.#clock = clock
    this.#keys = new LocalKeys(ports.keys, clock)
  }

  /** Returns the cached result of a name; undefined if it has expired or was never resolved. */
  known(name: string): CachedName | undefined {
    const known = this.#known.get(name)
    return known !== undefined && this.#clock.now() < known.until ? known : undefined
  }

  /** Returns the cached list of names that resolve to a CID; undefined if it has expired. */
  listed(): readonly NamedCid[] | undefined {
    return this.#clock.now() < this.#listing.until ? this.#listing.names : undefined
  }

  /** Resolves a name, whose result `known` then returns. @throws the errors of the sources. */
  async resolve(name: string, signal: AbortSignal): Promise<void> {
    await this.#flights.run(name, signal, async (signal) => {
      try {
        const { cid, goodUntil, ttlMs } = await this.#resolve(name, signal)
        this.#remember(name, {
          cid,
          until: Math.min(this.#clock.now() + MAX_TTL_MS, goodUntil),
          ttlMs
        })
      } catch (error) {
        if (!isKitError(error, 'BLOCK_NOT_FOUND') && !isKitError(error, 'PATH_NOT_FOUND'))
          throw error
        this.#remember(name, {
          cid: undefined,
          until: this.#clock.now() + ABSENT_TTL_MS,
          ttlMs: 0
        })
      }
    })
  }

  /**
   * Returns the newest valid record of a key; undefined where none is known.
   * @throws INTEGRITY, and the errors of the sources.
   */
  async record(name: IpnsName, signal: AbortSignal): Promise<IpnsRecord | undefined> {
    try {
      return (await this.#step(name.text, signal)).record
    } catch (error) {
      if (isKitError(error, 'BLOCK_NOT_FOUND')) return undefined
      throw error
    }
  }

  /** Lists the local names of keys and resolves them; those that fail are left out. */
  async list(signal: AbortSignal): Promise<void> {
    await this.#flights.run('', signal, async (signal) => {
      const { ids } = await this.#keys.list(signal)
      const keys = [...ids.keys()].filter(isFileName).slice(0, MAX_LISTED)
      const window = new WorkWindow(MAX_RESOLVED_AT_ONCE)
      for (const name of keys)
        if (this.known(name) === undefined)
          await window.add(() => this.resolve(name, signal).catch(() => undefined))
      await window.end()
      if (signal.aborted) throw signal.reason
      const names = keys.flatMap((name) => {
        const cid = this.known(name)?.cid
        return cid === undefined ? [] : [{ name, cid }]
      })
      this.#listing = { names, until: this.#clock.now() + MAX_TTL_MS }
    })
  }

  #remember(name: string, known: CachedName): void {
    putLast(this.#known, name, known)
  }

  /** Follows a name from hop to hop. @throws LINK_LOOP, NAME_TOO_LONG, and others. */
  async #resolve(
    name: string,
    signal: AbortSignal
  ): Promise<{ cid: Cid; goodUntil: number; ttlMs: number }> {
    let path = `/ipns/${name}`
    let goodUntil = Infinity
    let ttlMs = Infinity
    for (let hop = 0; hop < MAX_HOPS; hop++) {
      if (path.length > MAX_PATH)
        throw new KitError('NAME_TOO_LONG', `/ipns/${name.slice(0, 100)} leads to a path of ${path.length} characters`) // prettier-ignore
      const [, first = '', rest = ''] = /^\/ipns\/([^/]+)(.*)$/.exec(path) ?? []
      if (first === '') return { cid: await this.#ports.follow(path, signal), goodUntil, ttlMs }
      // Only the first hop may be a local name: in a published record it would mean another key.
      const step = await (hop === 0 ? this.#firstStep(first, signal) : this.#step(first, signal))
      path = step.path + rest
      goodUntil = Math.min(goodUntil, step.goodUntil)
      ttlMs = Math.min(ttlMs, step.ttlMs)
    }
    throw new KitError('LINK_LOOP', `/ipns/${name} leads through over ${MAX_HOPS} names`)
  }

  /** Resolves a name that may also be the local name of a key. */
  async #firstStep(name: string, signal: AbortSignal): Promise<Step> {
    if (parseIpnsName(name) !== undefined) return await this.#step(name, signal)
    const { ids, failure } = await this.#keysFor(name, signal)
    try {
      return await this.#step(ids.get(name) ?? name, signal)
    } catch (error) {
      // A key holder that failed may have this name, so it is not known to be absent.
      if (failure === undefined || !isKitError(error, 'BLOCK_NOT_FOUND')) throw error
      const { code, message } = failure
      throw new KitError(code, `/ipns/${name} cannot be looked up now: ${message}`, {
        cause: error
      })
    }
  }

  /** Lists the keys; a domain waits for them only briefly, as few keys are named like domains. */
  async #keysFor(name: string, signal: AbortSignal): Promise<KeyListing> {
    const keys = this.#keys.list(signal)
    if (this.#ports.dnsLink === undefined || !DnsLink.isDomain(name)) return await keys
    keys.catch(() => undefined)
    return await Promise.race([keys, delay(GRACE_MS, this.#keys.last)])
  }

  /** Resolves one hop, from the cache if it is fresh. @param name in any form of the same name. */
  async #step(name: string, signal: AbortSignal): Promise<Step> {
    const id = parseIpnsName(name)?.text ?? name
    const cached = this.#steps.get(id)
    if (cached !== undefined && this.#clock.now() < cached.freshUntil) return cached
    // The home may have been given a newer record meanwhile.
    const known = newerStep(cached, this.#keptStep(id))
    if (known !== undefined) this.#rememberStep(id, known)
    try {
      return this.#rememberStep(id, await this.#ask(id, signal))
    } catch (error) {
      // Without a newer one, a signed record stays good until its own validity ends.
      const now = this.#clock.now()
      if (!isKitError(error) || known === undefined || now >= known.goodUntil) throw error
      if (!isKitError(error, 'BLOCK_NOT_FOUND')) return known
      if (known.record === undefined) throw error
      return this.#rememberStep(id, {
        ...known,
        freshUntil: Math.min(now + MAX_TTL_MS, known.goodUntil)
      })
    }
  }

  #rememberStep(id: string, step: Step): Step {
    putLast(this.#steps, id, step)
    return step
  }

  /** Returns the step that the home has kept of an earlier process; it is fresh no more. */
  #keptStep(id: string): Step | undefined {
    const name = parseIpnsName(id)
    const bytes = name === undefined ? undefined : this.#ports.kept.get(name)
    if (name === undefined || bytes === undefined) return undefined
    const now = this.#clock.now()
    try {
      const step = stepOf(verifyIpnsRecord(bytes, name, now), now)
      return { ...step, freshUntil: now }
    } catch (error) {
      // It has expired, or somebody wrote to it.
      if (isKitError(error, 'INTEGRITY')) return undefined
      throw error
    }
  }

  /** Asks the sources for one hop: records for an IPNS name, DNS for a domain. */
  async #ask(name: string, signal: AbortSignal): Promise<Step> {
    const ipns = parseIpnsName(name)
    if (ipns !== undefined) return await this.#askRecord(ipns, signal)
    const { dnsLink, fixed } = this.#ports
    const path =
      fixed?.get(name.toLowerCase()) ??
      (DnsLink.isDomain(name) ? await dnsLink?.resolve(name, signal) : undefined)
    if (path === undefined)
      throw new KitError(
        'BLOCK_NOT_FOUND',
        dnsLink === undefined && DnsLink.isDomain(name)
          ? `/ipns/${name}: no resolver of domains is configured; set names.resolver`
          : `/ipns/${name}: there is no such name`
      )
    const until = this.#clock.now() + DNSLINK_TTL_MS
    return { path, freshUntil: until, goodUntil: until, sequence: 0n, ttlMs: DNSLINK_TTL_MS }
  }

  /**
   * Looks up an IPNS name. A record older than the cached one is ignored, since its source is behind
   * or replays it.
   */
  async #askRecord(name: IpnsName, signal: AbortSignal): Promise<Step> {
    const newest = await newestRecord(this.#ports.records(), name, this.#clock, signal)
    const previous = this.#steps.get(name.text)
    const now = this.#clock.now()
    const isOld = previous !== undefined && newest.sequence < previous.sequence
    if (isOld && now < previous.goodUntil) return { ...previous, freshUntil: now + MAX_TTL_MS }
    const isSame = newest.sequence === previous?.sequence && newest.validUntil <= previous.goodUntil
    if (!isSame) this.#ports.kept.keep(name, newest.bytes)
    return stepOf(newest, now)
  }
}

/** Puts an entry behind the others of a cache; where there are too many, the oldest goes. */
function putLast<T>(cache: Map<string, T>, key: string, value: T): void {
  cache.delete(key)
  cache.set(key, value)
  const [oldest] = cache.size > MAX_REMEMBERED ? cache.keys() : []
  if (oldest !== undefined) cache.delete(oldest)
}

/** Returns whether a key's name can be a file name; key holders allow others. */
const isFileName = (name: string): boolean =>
  !['', '.', '..'].includes(name) && !/[/\0]/.test(name) && Buffer.byteLength(name) <= 255

function stepOf(record: IpnsRecord, now: number): Step {
  const { value, ttlMs, validUntil, sequence } = record
  const freshUntil = Math.min(validUntil, now + Math.min(ttlMs, MAX_TTL_MS))
  return {
    path: value,
    freshUntil,
    goodUntil: validUntil,
    sequence,
    ttlMs: Math.min(ttlMs, validUntil - now),
    record
  }
}

/** Returns the step of the later sequence, of two equal ones the second. */
const newerStep = (one: Step | undefined, other: Step | undefined): Step | undefined =>
  one !== undefined && (other === undefined || one.sequence > other.sequence) ? one : other
