/**
 * Resolution of names: IPNS names by their records, keys by the names that key holders such as
 * Kubo gave them, domains by DNSLink. Results are verified, and cached for seconds.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { abortController } from '../core/abort.js'
import type { Cid } from '../core/cid.js'
import { isKitError, KitError, toKitError } from '../core/errors.js'
import { settledSoon } from '../core/settled.js'
import { SingleFlight } from '../core/single-flight.js'
import { DnsLink, DNSLINK_TTL_MS } from './dnslink.js'
import { parseIpnsName, type IpnsName } from './ipns-name.js'
import { MAX_PATH, verifyIpnsRecord, type IpnsRecord } from './ipns-record.js'

/** Maximum number of names on the way to a CID. */
const MAX_HOPS = 16
/** Longest time for which a result is cached, even if its record has a longer TTL. */
const MAX_TTL_MS = 5000
/** Time for which it is cached that a name does not exist. */
const ABSENT_TTL_MS = 1000
const MAX_REMEMBERED = 4096
/** Wait for further sources after the first has a record, because theirs may be newer. */
const GRACE_MS = 300

/** A source of IPNS records; a missing record rejects with BLOCK_NOT_FOUND. */
export interface RecordSource {
  readonly name: string
  getNameRecords(
    name: string,
    options: { readonly signal: AbortSignal }
  ): Promise<readonly Uint8Array[]>
}

/** A holder of keys under local names. */
export interface KeySource {
  readonly name: string
  listKeys(options: { readonly signal: AbortSignal }): Promise<readonly NamedKey[]>
}

export interface NamedKey {
  readonly name: string
  /** Its IPNS name. */
  readonly id: string
}

export interface NamesPorts {
  readonly records: () => readonly RecordSource[]
  readonly keys: () => readonly KeySource[]
  readonly dnsLink: DnsLink | undefined
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
}

/** The IPNS names of the held keys by local name, and a failure of the last listing. */
interface Keys {
  readonly ids: ReadonlyMap<string, string>
  readonly failure: KitError | undefined
  readonly until: number
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
}

/** The names of one engine, with the caches of their results. */
export class Names {
  readonly #ports: NamesPorts
  readonly #known = new Map<string, CachedName>()
  readonly #steps = new Map<string, Step>()
  readonly #flights = new SingleFlight<void>()
  readonly #keysOf = new Map<string, readonly NamedKey[]>()
  #keys: Keys = { ids: new Map(), failure: undefined, until: 0 }
  #listing: { readonly names: readonly NamedCid[]; readonly until: number } = { names: [], until: 0 } // prettier-ignore

  constructor(ports: NamesPorts) {
    this.#ports = ports
  }

  /** Returns the cached result of a name; undefined if it has expired or was never resolved. */
  known(name: string): CachedName | undefined {
    const known = this.#known.get(name)
    return known !== undefined && Date.now() < known.until ? known : undefined
  }

  /** Returns the cached list of names that resolve to a CID; undefined if it has expired. */
  listed(): readonly NamedCid[] | undefined {
    return Date.now() < this.#listing.until ? this.#listing.names : undefined
  }

  /** Resolves a name, whose result `known` then returns. @throws the errors of the sources. */
  async resolve(name: string, signal: AbortSignal): Promise<void> {
    await this.#flights.run(name, signal, async (signal) => {
      try {
        const { cid, goodUntil } = await this.#resolve(name, signal)
        this.#remember(name, { cid, until: Math.min(Date.now() + MAX_TTL_MS, goodUntil) })
      } catch (error) {
        if (!isKitError(error, 'BLOCK_NOT_FOUND') && !isKitError(error, 'PATH_NOT_FOUND'))
          throw error
        this.#remember(name, { cid: undefined, until: Date.now() + ABSENT_TTL_MS })
      }
    })
  }

  /** Lists the local names of keys and resolves them; those that fail are left out. */
  async list(signal: AbortSignal): Promise<void> {
    await this.#flights.run('', signal, async (signal) => {
      const keys = [...(await this.#listKeys(signal)).ids.keys()].filter(isFileName)
      await Promise.allSettled(
        keys
          .filter((name) => this.known(name) === undefined)
          .map((name) => this.resolve(name, signal))
      )
      const names = keys.flatMap((name) => {
        const cid = this.known(name)?.cid
        return cid === undefined ? [] : [{ name, cid }]
      })
      this.#listing = { names, until: Date.now() + MAX_TTL_MS }
    })
  }

  #remember(name: string, known: CachedName): void {
    if (this.#known.size >= MAX_REMEMBERED) this.#known.clear()
    this.#known.set(name, known)
  }

  /** Follows a name from hop to hop. @throws LINK_LOOP, NAME_TOO_LONG, and others. */
  async #resolve(name: string, signal: AbortSignal): Promise<{ cid: Cid; goodUntil: number }> {
    let path = `/ipns/${name}`
    let goodUntil = Infinity
    for (let hop = 0; hop < MAX_HOPS; hop++) {
      if (path.length > MAX_PATH)
        throw new KitError('NAME_TOO_LONG', `/ipns/${name.slice(0, 100)} leads to a path of ${path.length} characters`) // prettier-ignore
      const [, first = '', rest = ''] = /^\/ipns\/([^/]+)(.*)$/.exec(path) ?? []
      if (first === '') return { cid: await this.#ports.follow(path, signal), goodUntil }
      // Only the first hop may be a local name: in a published record it would mean another key.
      const step = await (hop === 0 ? this.#firstStep(first, signal) : this.#step(first, signal))
      path = step.path + rest
      goodUntil = Math.min(goodUntil, step.goodUntil)
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
  async #keysFor(name: string, signal: AbortSignal): Promise<Keys> {
    const keys = this.#listKeys(signal)
    if (this.#ports.dnsLink === undefined || !DnsLink.isDomain(name)) return await keys
    keys.catch(() => undefined)
    return await Promise.race([keys, delay(GRACE_MS, this.#keys)])
  }

  /** Resolves one hop, from the cache if it is fresh. @param name in any form of the same name. */
  async #step(name: string, signal: AbortSignal): Promise<Step> {
    const id = parseIpnsName(name)?.text ?? name
    const known = this.#steps.get(id)
    if (known !== undefined && Date.now() < known.freshUntil) return known
    try {
      const step = await this.#ask(id, signal)
      if (this.#steps.size >= MAX_REMEMBERED) this.#steps.clear()
      this.#steps.set(id, step)
      return step
    } catch (error) {
      // Without any answer, a signed record stays good until its own validity ends.
      const unknown = isKitError(error) && !isKitError(error, 'BLOCK_NOT_FOUND')
      if (unknown && known !== undefined && Date.now() < known.goodUntil) return known
      throw error
    }
  }

  /** Asks the sources for one hop: records for an IPNS name, DNS for a domain. */
  async #ask(name: string, signal: AbortSignal): Promise<Step> {
    const ipns = parseIpnsName(name)
    if (ipns !== undefined) return await this.#askRecord(ipns, signal)
    const { dnsLink } = this.#ports
    const path = DnsLink.isDomain(name) ? await dnsLink?.resolve(name, signal) : undefined
    if (path === undefined)
      throw new KitError(
        'BLOCK_NOT_FOUND',
        dnsLink === undefined && DnsLink.isDomain(name)
          ? `/ipns/${name}: no resolver of domains is configured; set names.resolver`
          : `/ipns/${name}: there is no such name`
      )
    const until = Date.now() + DNSLINK_TTL_MS
    return { path, freshUntil: until, goodUntil: until, sequence: 0n }
  }

  /**
   * Returns the newest record of all sources. A record older than the cached one is ignored, since
   * its source is behind or replays it.
   */
  async #askRecord(name: IpnsName, signal: AbortSignal): Promise<Step> {
    const lookup = abortController()
    const passOn = (): void => lookup.abort(signal.reason)
    signal.addEventListener('abort', passOn, { once: true })
    const answers = await settledSoon(
      this.#ports.records().map((source) => newestOf(source, name, lookup.signal)),
      GRACE_MS
    )
    signal.removeEventListener('abort', passOn)
    lookup.abort(new KitError('ABORTED', 'others have answered'))
    if (signal.aborted) throw signal.reason
    const records = answers.flatMap((answer) =>
      answer.status === 'fulfilled' ? [answer.value] : []
    )
    const failures = answers.flatMap((answer) =>
      answer.status === 'rejected' ? [toKitError(answer.reason)] : []
    )
    const previous = this.#steps.get(name.text)
    const [newest] = records.sort(newestFirst)
    if (newest === undefined) throw lookupError(name, failures)
    if (
      previous !== undefined &&
      newest.sequence < previous.sequence &&
      Date.now() < previous.goodUntil
    )
      return { ...previous, freshUntil: Date.now() + MAX_TTL_MS }
    return stepOf(newest)
  }

  /** Lists the keys of all holders; a holder that fails counts with the keys it listed last. */
  async #listKeys(signal: AbortSignal): Promise<Keys> {
    if (Date.now() < this.#keys.until) return this.#keys
    let failure: KitError | undefined
    await Promise.all(
      this.#ports.keys().map(async (source) => {
        try {
          this.#keysOf.set(source.name, await source.listKeys({ signal }))
        } catch (error) {
          const { code, message } = toKitError(error)
          failure = new KitError(code, `${source.name}: ${message}`, { cause: error })
        }
      })
    )
    if (signal.aborted) throw signal.reason
    const ids = new Map<string, string>()
    for (const { name } of this.#ports.keys())
      for (const key of this.#keysOf.get(name) ?? [])
        // If two holders use one name, the first in order of configuration counts.
        if (!ids.has(key.name)) ids.set(key.name, key.id)
    return (this.#keys = { ids, failure, until: Date.now() + MAX_TTL_MS })
  }
}

/** Returns whether a key's name can be a file name; key holders allow others. */
const isFileName = (name: string): boolean =>
  !['', '.', '..'].includes(name) && !/[/\0]/.test(name) && Buffer.byteLength(name) <= 255

const newestFirst = (a: IpnsRecord, b: IpnsRecord): number =>
  a.sequence === b.sequence ? b.validUntil - a.validUntil : a.sequence > b.sequence ? -1 : 1

/** Returns the newest valid record of a source. @throws the last fault if none is valid. */
async function newestOf(
  source: RecordSource,
  name: IpnsName,
  signal: AbortSignal
): Promise<IpnsRecord> {
  const good: IpnsRecord[] = []
  let failure: unknown
  for (const bytes of await source.getNameRecords(name.text, { signal }))
    try {
      good.push(verified(source, bytes, name))
    } catch (error) {
      failure = error
    }
  const [newest] = good.sort(newestFirst)
  if (newest === undefined) throw failure
  return newest
}

function verified(source: RecordSource, bytes: Uint8Array, name: IpnsName): IpnsRecord {
  try {
    return verifyIpnsRecord(bytes, name, Date.now())
  } catch (error) {
    const { code, message } = toKitError(error)
    throw new KitError(code, `${source.name}: ${message}`, { cause: error })
  }
}

function stepOf({ value, ttlMs, validUntil, sequence }: IpnsRecord): Step {
  const freshUntil = Math.min(validUntil, Date.now() + Math.min(ttlMs, MAX_TTL_MS))
  return { path: value, freshUntil, goodUntil: validUntil, sequence }
}

/** Makes the error of a failed lookup; the name is missing only if every source said so. */
function lookupError(name: IpnsName, failures: readonly KitError[]): KitError {
  const worst = failures.find(({ code }) => code !== 'BLOCK_NOT_FOUND')
  if (worst === undefined)
    return new KitError('BLOCK_NOT_FOUND', `nobody has a record of /ipns/${name.text}`)
  const said = failures.map(({ message }) => message).join('; ')
  return new KitError(worst.code, `/ipns/${name.text} cannot be looked up now: ${said}`, {
    cause: worst
  })
}
