/**
 * Where names lead: IPNS names by their records, keys by the names their holders gave them,
 * domains by DNSLink. Verified, and remembered for a short while.
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

/** A name may lead to another one, so often. */
const MAX_HOPS = 16
/** How long what was found out is believed, whatever the record would allow. */
const BELIEVED_MS = 5000
/** How long it is believed that nobody knows a name. */
const ABSENT_MS = 1000
const MAX_REMEMBERED = 4096
/** How long others are waited for when one has a record: theirs may be newer. */
const GRACE_MS = 300

/** Somebody who has records; what is not there rejects with BLOCK_NOT_FOUND. */
export interface RecordSource {
  readonly name: string
  getNameRecords(
    name: string,
    options: { readonly signal: AbortSignal }
  ): Promise<readonly Uint8Array[]>
}

/** Somebody who holds keys, and has names for them. */
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
  /** The CID at the end of a path of content. @throws BLOCK_NOT_FOUND, PATH_NOT_FOUND. */
  readonly follow: (path: string, signal: AbortSignal) => Promise<Cid>
}

/** One step on the way of a name. */
interface Step {
  readonly path: string
  /** Until when it is believed without asking, and until when it may be where nobody answers. */
  readonly freshUntil: number
  readonly goodUntil: number
  readonly sequence: bigint
}

/** The keys that are held, by their names, and who did not answer when it was last asked. */
interface Keys {
  readonly ids: ReadonlyMap<string, string>
  readonly failure: KitError | undefined
  readonly until: number
}

/** A name that leads somewhere. */
export interface NamedCid {
  readonly name: string
  readonly cid: Cid
}

/** What is known of a name; `cid` is undefined where it is known to lead nowhere. */
interface Known {
  readonly cid: Cid | undefined
  readonly until: number
}

export class Names {
  readonly #ports: NamesPorts
  readonly #known = new Map<string, Known>()
  readonly #steps = new Map<string, Step>()
  readonly #flights = new SingleFlight<void>()
  readonly #keysOf = new Map<string, readonly NamedKey[]>()
  #keys: Keys = { ids: new Map(), failure: undefined, until: 0 }
  #listing: { readonly names: readonly NamedCid[]; readonly until: number } = { names: [], until: 0 } // prettier-ignore

  constructor(ports: NamesPorts) {
    this.#ports = ports
  }

  /** What was found out a moment ago: undefined where that is nothing. */
  known(name: string): Known | undefined {
    const known = this.#known.get(name)
    return known !== undefined && Date.now() < known.until ? known : undefined
  }

  /** The names that lead somewhere, as was found out a moment ago; undefined where it was not. */
  listed(): readonly NamedCid[] | undefined {
    return Date.now() < this.#listing.until ? this.#listing.names : undefined
  }

  /** Find out where a name leads; it is `known` then. @throws what the sources throw. */
  async resolve(name: string, signal: AbortSignal): Promise<void> {
    await this.#flights.run(name, signal, async (signal) => {
      try {
        const { cid, goodUntil } = await this.#resolve(name, signal)
        this.#remember(name, { cid, until: Math.min(Date.now() + BELIEVED_MS, goodUntil) })
      } catch (error) {
        if (!isKitError(error, 'BLOCK_NOT_FOUND') && !isKitError(error, 'PATH_NOT_FOUND'))
          throw error
        this.#remember(name, { cid: undefined, until: Date.now() + ABSENT_MS })
      }
    })
  }

  /** Find out which names there are, and where they lead; what fails is not listed. */
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
      this.#listing = { names, until: Date.now() + BELIEVED_MS }
    })
  }

  #remember(name: string, known: Known): void {
    if (this.#known.size >= MAX_REMEMBERED) this.#known.clear()
    this.#known.set(name, known)
  }

  async #resolve(name: string, signal: AbortSignal): Promise<{ cid: Cid; goodUntil: number }> {
    let path = `/ipns/${name}`
    let goodUntil = Infinity
    for (let hop = 0; hop < MAX_HOPS; hop++) {
      if (path.length > MAX_PATH)
        throw new KitError('NAME_TOO_LONG', `/ipns/${name.slice(0, 100)} leads to a path of ${path.length} characters`) // prettier-ignore
      const [, first = '', rest = ''] = /^\/ipns\/([^/]+)(.*)$/.exec(path) ?? []
      if (first === '') return { cid: await this.#ports.follow(path, signal), goodUntil }
      // The names that somebody gave his keys mean nothing in what others wrote.
      const step = await (hop === 0 ? this.#firstStep(first, signal) : this.#step(first, signal))
      path = step.path + rest
      goodUntil = Math.min(goodUntil, step.goodUntil)
    }
    throw new KitError('LINK_LOOP', `/ipns/${name} leads through over ${MAX_HOPS} names`)
  }

  /** As `#step`, where the name may be that of a key that somebody holds. */
  async #firstStep(name: string, signal: AbortSignal): Promise<Step> {
    if (parseIpnsName(name) !== undefined) return await this.#step(name, signal)
    const { ids, failure } = await this.#keysFor(name, signal)
    try {
      return await this.#step(ids.get(name) ?? name, signal)
    } catch (error) {
      // It may be held by somebody who does not answer.
      if (failure === undefined || !isKitError(error, 'BLOCK_NOT_FOUND')) throw error
      const { code, message } = failure
      throw new KitError(code, `/ipns/${name} cannot be looked up now: ${message}`, {
        cause: error
      })
    }
  }

  /** A domain does not wait long for somebody who may have a key of that name. */
  async #keysFor(name: string, signal: AbortSignal): Promise<Keys> {
    const keys = this.#listKeys(signal)
    if (this.#ports.dnsLink === undefined || !DnsLink.isDomain(name)) return await keys
    keys.catch(() => undefined)
    return await Promise.race([keys, delay(GRACE_MS, this.#keys)])
  }

  /** @param name any form of it: what is known of one is known of all. */
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
      // Nobody answers: what was signed is as good as it was, as long as it says itself.
      const unknown = isKitError(error) && !isKitError(error, 'BLOCK_NOT_FOUND')
      if (unknown && known !== undefined && Date.now() < known.goodUntil) return known
      throw error
    }
  }

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

  /** The newest of the records that somebody has. */
  async #askRecord(name: IpnsName, signal: AbortSignal): Promise<Step> {
    const over = abortController()
    const passOn = (): void => over.abort(signal.reason)
    signal.addEventListener('abort', passOn, { once: true })
    const answers = await settledSoon(
      this.#ports.records().map((source) => newestOf(source, name, over.signal)),
      GRACE_MS
    )
    signal.removeEventListener('abort', passOn)
    over.abort(new KitError('ABORTED', 'others have answered'))
    if (signal.aborted) throw signal.reason
    const records = answers.flatMap((answer) =>
      answer.status === 'fulfilled' ? [answer.value] : []
    )
    const failures = answers.flatMap((answer) =>
      answer.status === 'rejected' ? [toKitError(answer.reason)] : []
    )
    const before = this.#steps.get(name.text)
    const [newest] = records.sort(newestFirst)
    if (newest === undefined) throw verdict(name, failures)
    // Somebody who is behind, or wants us to be.
    if (before !== undefined && newest.sequence < before.sequence && Date.now() < before.goodUntil)
      return { ...before, freshUntil: Date.now() + BELIEVED_MS }
    return stepOf(newest)
  }

  /** Those who do not answer are believed to hold the keys that they held. */
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
        // Of two holders who use one name, the one that is asked first.
        if (!ids.has(key.name)) ids.set(key.name, key.id)
    return (this.#keys = { ids, failure, until: Date.now() + BELIEVED_MS })
  }
}

/** Whether a file can have a name: keys are called whatever their holders like. */
const isFileName = (name: string): boolean =>
  !['', '.', '..'].includes(name) && !/[/\0]/.test(name) && Buffer.byteLength(name) <= 255

const newestFirst = (a: IpnsRecord, b: IpnsRecord): number =>
  a.sequence === b.sequence ? b.validUntil - a.validUntil : a.sequence > b.sequence ? -1 : 1

/** The newest good record that somebody has. @throws what is wrong with all of them. */
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
  const freshUntil = Math.min(validUntil, Date.now() + Math.min(ttlMs, BELIEVED_MS))
  return { path: value, freshUntil, goodUntil: validUntil, sequence }
}

/** Missing is only what everybody says that he has not. */
function verdict(name: IpnsName, failures: readonly KitError[]): KitError {
  const worst = failures.find(({ code }) => code !== 'BLOCK_NOT_FOUND')
  if (worst === undefined)
    return new KitError('BLOCK_NOT_FOUND', `nobody has a record of /ipns/${name.text}`)
  const said = failures.map(({ message }) => message).join('; ')
  return new KitError(worst.code, `/ipns/${name.text} cannot be looked up now: ${said}`, {
    cause: worst
  })
}
