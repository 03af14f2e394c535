/**
 * Storacha's own upload service, as its package for tests runs it, behind HTTP on loopback: it checks
 * every invocation and delegation as the real one does. Blobs that it takes are given by a gateway,
 * which is a fixture.
 */
import { createServer } from 'node:http'
import { once } from 'node:events'
import * as http from 'node:http'
import type { Test } from 'tap'
import type { StorachaPlace } from '../../backends/storacha/client.js'
import { Cid } from '../../src/core/cid.js'
import { ExactReader } from '../../src/core/exact-reader.js'
import { CarSections } from '../../src/formats/car-stream.js'
import { httpServer } from './http.js'
import { TrustlessGateway } from './trustless-gateway.js'

type Result<T> = { readonly ok?: T; readonly error?: unknown }
interface Answer {
  readonly headers: Record<string, string>
  readonly body: Uint8Array
}
/** The parts of the packages that are used; these need not be installed. */
interface Context {
  readonly id: unknown
  readonly connection: { readonly channel: { request(request: unknown): Promise<Answer> } }
  readonly agentStore: { readonly receipts: { get(cid: unknown): Promise<Result<unknown>> } }
}
interface Delegation {
  archive(): Promise<Result<Uint8Array>>
}
interface Parts {
  readonly createContext: (options: unknown) => Promise<Context>
  readonly cleanupContext: (context: Context) => Promise<unknown>
  readonly registerSpace: (
    agent: unknown,
    context: Context
  ) => Promise<{ readonly proof: Delegation }>
  readonly Signer: { generate(): Promise<unknown>; format(signer: unknown): string }
  readonly Message: { build(parts: unknown): Promise<unknown> }
  readonly CAR: { readonly outbound: unknown; readonly request: { encode(message: unknown): Promise<Answer> } } // prettier-ignore
  readonly HTTP: { open(options: unknown): unknown }
  readonly connect: (options: unknown) => unknown
  readonly Link: { parse(text: string): unknown; create(code: number, digest: unknown): { toString(): string } } // prettier-ignore
  readonly identity: { digest(bytes: Uint8Array): unknown }
  readonly base64: unknown
}

const load = async (name: string): Promise<Parts> => (await import(name)) as Parts

async function loadParts(): Promise<Parts> {
  const { createContext, cleanupContext } = await load('@storacha/upload-api/test/context')
  // Not exported by its name, as it stands beside what is.
  const context = import.meta.resolve('@storacha/upload-api/test/context')
  const { registerSpace } = await load(new URL('../util.js', context).href)
  const Signer = await load('@ucanto/principal/ed25519')
  const { Message } = await load('@ucanto/core')
  const { CAR, HTTP } = await load('@ucanto/transport')
  const { connect } = await load('@ucanto/client')
  const Link = await load('multiformats/link')
  const { identity } = await load('multiformats/hashes/identity')
  const { base64 } = await load('multiformats/bases/base64')
  return { createContext, cleanupContext, registerSpace, Signer, Message, CAR, HTTP, connect, Link, identity, base64 } as unknown as Parts // prettier-ignore
}

const parts = await loadParts().catch((error: unknown) => error as Error)

/** Whether its packages are installed; they are needed by developers alone. */
export const skipWithoutStoracha = {
  skip: parts instanceof Error ? `Storacha's service for tests: ${parts.message}` : false
}

export class Storacha {
  readonly gateway = new TrustlessGateway()
  gatewayUrl = ''
  /** The secrets of an agent with a space. */
  agentKey = ''
  proof = ''
  place: StorachaPlace = {}
  /** Answers uploads of blobs, instead of their place. */
  blobStatus: number | undefined

  static async start(t: Pick<Test, 'teardown'>): Promise<Storacha> {
    if (parts instanceof Error) throw parts
    const storacha = new Storacha()
    storacha.gatewayUrl = await httpServer(t, storacha.gateway.answer)
    const context = await parts.createContext({ http, requirePaymentPlan: false })
    t.teardown(() => parts.cleanupContext(context))
    await storacha.#serve(t, parts, context)
    return storacha
  }

  async #serve(t: Pick<Test, 'teardown'>, parts: Parts, context: Context): Promise<void> {
    const agent = await parts.Signer.generate()
    this.agentKey = parts.Signer.format(agent)
    this.proof = await this.proofFor(parts, agent, context)
    const server = createServer((request, response) => {
      const pieces: Buffer[] = []
      request.on('data', (piece: Buffer) => pieces.push(piece))
      request.on('end', () => {
        const receipt = /^\/receipt\/(.+)$/.exec(request.url!)?.[1]
        const answer =
          receipt === undefined
            ? context.connection.channel.request({ headers: request.headers, body: Buffer.concat(pieces) }) // prettier-ignore
            : receiptOf(parts, context, receipt)
        answer.then(
          (found) =>
            found === undefined
              ? response.writeHead(404).end()
              : response.writeHead(200, found.headers).end(Buffer.from(found.body)),
          () => response.writeHead(500).end()
        )
      })
    }).listen(0, '127.0.0.1')
    // The client hashes for longer than a connection lasts otherwise.
    server.keepAliveTimeout = 0
    await once(server, 'listening')
    t.teardown(() => {
      server.closeAllConnections()
      server.close()
    })
    const { port } = server.address() as { readonly port: number }
    const url = new URL(`http://127.0.0.1:${port}`)
    const channel = parts.HTTP.open({ url, method: 'POST' })
    const connection = parts.connect({ id: context.id, codec: parts.CAR.outbound, channel })
    this.place = {
      serviceConf: { access: connection, upload: connection, filecoin: connection },
      receiptsEndpoint: new URL('/receipt/', url),
      fetch: (to, init) => this.#fetch(to, init)
    }
  }

  /** A proof as the command line of the vendor prints it. */
  async proofFor(parts: Parts, agent: unknown, context: Context): Promise<string> {
    const { proof } = await parts.registerSpace(agent, context)
    const archive = (await proof.archive()).ok!
    const link = parts.Link.create(0x0202, parts.identity.digest(archive)) as { toString(base: unknown): string } // prettier-ignore
    return link.toString(parts.base64)
  }

  /** What is sent to the place of a blob is given by the gateway from then on. */
  async #fetch(to: Parameters<typeof fetch>[0], init?: RequestInit): Promise<Response> {
    if (init?.method !== 'PUT') return await fetch(to, init)
    if (this.blobStatus !== undefined) return new Response(null, { status: this.blobStatus })
    const answer = await fetch(to, init)
    const bytes = Buffer.from(init.body as Uint8Array)
    for (const { cid, block } of await blocksIn(bytes)) this.gateway.put(cid, block)
    return answer
  }
}

async function receiptOf(
  { Message, CAR, Link }: Parts,
  { agentStore }: Context,
  cid: string
): Promise<Answer | undefined> {
  const { ok } = await agentStore.receipts.get(Link.parse(cid))
  if (ok === undefined) return undefined
  return await CAR.request.encode(await Message.build({ receipts: [ok] }))
}

/** The blocks of an archive; none for a blob that is no archive, such as an index. */
async function blocksIn(bytes: Buffer): Promise<{ readonly cid: Cid; readonly block: Buffer }[]> {
  const whole = (async function* (): AsyncGenerator<Uint8Array> {
    yield bytes
  })()
  const sections = new CarSections(new ExactReader(whole))
  const found: { readonly cid: Cid; readonly block: Buffer }[] = []
  for (let next = await sections.next(); next !== undefined; next = await sections.next())
    found.push({ cid: next.cid, block: Buffer.from(await sections.take(next)) })
  return found
}
