/**
 * Trustless HTTP gateways: blocks and CARs by their CIDs, several hosts that stand in for each
 * other. One that gives something else than what was asked for is set aside for a while.
 * Source: https://specs.ipfs.tech/http-gateways/trustless-gateway/
 */
import type { Cid } from '../../src/core/cid.js'
import { verifyBlock } from '../../src/core/cid.js'
import { isKitError, KitError, toKitError } from '../../src/core/errors.js'
import { settledSoon } from '../../src/core/settled.js'
import type { Backend, BackendHealth, CallOptions } from '../backend.js'
import type { Capability } from '../capabilities.js'
import { HttpClient, type HttpAnswer } from '../http.js'
import { nameRecordFrom } from '../name-record.js'
import { httpUrl, type OptionRow, type OptionTexts } from '../options.js'

const MAX_BLOCK = 8 << 20
/** How long a gateway that does not do what it is for is left alone. */
const ASIDE_MS = 60_000

const RAW = 'application/vnd.ipld.raw'
const CAR = 'application/vnd.ipld.car'

export const GATEWAY_OPTIONS: Readonly<Record<string, OptionRow>> = {
  url: {
    value: 'URL',
    help: 'a trustless gateway, such as https://trustless-gateway.link',
    repeatable: true,
    required: true
  }
}

export const gatewayUrls = (texts: OptionTexts): URL[] =>
  (texts['url'] ?? []).map((text) => httpUrl('url', text))

interface Host {
  readonly http: HttpClient
  /** Until when it is left alone, in ms since 1970. */
  asideUntil: number
}

/** How long the others are waited for when one host has answered. */
const GRACE_MS = 300

/** The identity CID of no bytes: every trustless gateway must answer it. */
const PROBE = 'bafkqaaa'

export class GatewayBackend implements Backend {
  readonly type = 'gateway'
  readonly name: string
  readonly capabilities: ReadonlySet<Capability> = new Set<Capability>([
    'entity-car',
    'dag-export',
    'names'
  ])
  readonly #hosts: readonly Host[]
  #closed = false

  constructor(name: string, urls: readonly URL[]) {
    this.name = name
    this.#hosts = urls.map((url) => ({ http: new HttpClient({ url }), asideUntil: 0 }))
  }

  /** From the first host that has it; one that gives other bytes than the CID names is set aside. */
  getBlock(cid: Cid, { signal }: CallOptions): Promise<Uint8Array> {
    return this.#fromAny(async (host) => {
      const answer = await this.#ask(host, `/ipfs/${cid}?format=raw`, RAW, signal)
      const block = await host.http.bodyOf(answer, MAX_BLOCK, signal)
      verifyBlock(cid, block)
      return block
    }, signal)
  }

  readEntityCar(cid: Cid, position: number, { signal }: CallOptions): AsyncIterable<Uint8Array> {
    const part = position === 0 ? '' : `&entity-bytes=${position}:*`
    return this.#archive(
      `/ipfs/${cid}?format=car&dag-scope=entity${part}&car-order=dfs&car-dups=y`,
      signal
    )
  }

  exportDag(cid: Cid, { signal }: CallOptions): AsyncIterable<Uint8Array> {
    return this.#archive(`/ipfs/${cid}?format=car&dag-scope=all&car-order=dfs&car-dups=n`, signal)
  }

  async *#archive(path: string, signal: AbortSignal): AsyncIterable<Uint8Array> {
    const [host, answer] = await this.#fromAny(
      async (host) => [host, await this.#ask(host, path, CAR, signal)] as const,
      signal
    )
    yield* host.http.stream(answer, signal)
  }

  /** From every host that has one: which is good, and the newest, is for others to find out. */
  async getNameRecords(name: string, { signal }: CallOptions): Promise<readonly Uint8Array[]> {
    if (this.#closed) throw new KitError('CLOSED', `backend ${this.name} is closed`)
    const outcomes = await settledSoon(
      this.#hosts.map((host) => nameRecordFrom(host.http, name, signal)),
      GRACE_MS
    )
    const records = outcomes.flatMap((outcome) =>
      outcome.status === 'fulfilled' ? [outcome.value] : []
    )
    if (records.length > 0) return records
    throw worstOf(outcomes.map((outcome) => toKitError((outcome as PromiseRejectedResult).reason)))
  }

  /** Hosts in their order, those set aside last. */
  async #fromAny<T>(ask: (host: Host) => Promise<T>, signal: AbortSignal): Promise<T> {
    if (this.#closed) throw new KitError('CLOSED', `backend ${this.name} is closed`)
    const now = Date.now()
    const order = [...this.#hosts].sort(
      (a, b) => Number(a.asideUntil > now) - Number(b.asideUntil > now)
    )
    const failures: KitError[] = []
    for (const host of order) {
      try {
        return await ask(host)
      } catch (error) {
        if (signal.aborted || !isKitError(error)) throw error
        if (
          error.code === 'INTEGRITY' ||
          error.code === 'UNSUPPORTED' ||
          error.code === 'TOO_LARGE'
        )
          host.asideUntil = Date.now() + ASIDE_MS
        failures.push(error)
      }
    }
    throw worstOf(failures)
  }

  async #ask(host: Host, path: string, type: string, signal: AbortSignal): Promise<HttpAnswer> {
    const answer = await host.http.send({ path, headers: { accept: type }, signal })
    if (answer.status !== 200) throw await host.http.refusal(answer, signal)
    const given = (answer.headers['content-type'] ?? '').split(';')[0]!.trim()
    const encoding = answer.headers['content-encoding']
    if (given === type && (encoding === undefined || encoding === 'identity')) return answer
    answer.body.destroy()
    const what = encoding === undefined ? given || 'no type' : `${encoding} encoding`
    throw new KitError(
      'UNSUPPORTED',
      `${host.http.where} is no trustless gateway: asked for ${type} it answers ${what}`
    )
  }

  async health({ signal }: CallOptions): Promise<BackendHealth> {
    const answers = await Promise.allSettled(
      this.#hosts.map(async (host) => {
        const answer = await this.#ask(host, `/ipfs/${PROBE}?format=raw`, RAW, signal)
        await host.http.bodyOf(answer, MAX_BLOCK, signal)
      })
    )
    const failed = answers.find(({ status }) => status === 'rejected') as
      PromiseRejectedResult | undefined
    const up = answers.filter(({ status }) => status === 'fulfilled').length
    if (up === 0) throw failed!.reason
    return { version: `${up} of ${this.#hosts.length} trustless gateways answer` }
  }

  close(): Promise<void> {
    this.#closed = true
    for (const { http } of this.#hosts) http.close()
    return Promise.resolve()
  }
}

/** What several refusals mean: missing only when all of them say so. */
function worstOf(failures: readonly KitError[]): KitError {
  const worst = failures.find(({ code }) => code !== 'BLOCK_NOT_FOUND') ?? failures[0]!
  if (failures.length === 1) return worst
  return new KitError(worst.code, failures.map(({ message }) => message).join('; '))
}
