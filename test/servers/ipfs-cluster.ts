/**
 * A fixture made from the published API: the REST API of an IPFS Cluster of three peers.
 * Source: https://ipfscluster.io/documentation/reference/api/
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Test } from 'tap'
import { Cid } from '../../src/core/cid.js'
import { ExactReader } from '../../src/core/exact-reader.js'
import { CarSections } from '../../src/formats/car-stream.js'
import { httpServer } from './http.js'

export const CREDENTIALS = 'operator:a-password-of-the-tests'
const PEERS = ['12D3KooWOne', '12D3KooWTwo', '12D3KooWThree']

interface Kept {
  readonly name: string
  readonly peers: Map<string, { status: string; error: string }>
}

type Answer = readonly [status: number, body?: unknown, headers?: Record<string, string>]

const failure = (code: number, message: string): Answer => [code, { code, message }]

export class IpfsCluster {
  readonly pins = new Map<string, Kept>()
  readonly received: { readonly method: string; readonly path: string }[] = []
  /** What a peer says of pins that it cannot keep. */
  readonly failing = new Map<string, string>()
  readonly refusals: Answer[] = []
  /** Said behind the answer of an upload that failed on the way. */
  streamError = ''
  /** Said as the root of an archive, instead of its own. */
  otherRoot: string | undefined
  /** Lists of pins end in the middle of a line. */
  cutsLists = false
  /** How many peers are to have a pin of which nothing is said. */
  #replicas = 2
  url = ''

  static async start(t: Pick<Test, 'teardown'>): Promise<IpfsCluster> {
    const cluster = new IpfsCluster()
    cluster.url = await httpServer(t, (request, answer) => void cluster.#serve(request, answer))
    return cluster
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = request
    this.received.push({ method, path: url })
    const wanted = `Basic ${Buffer.from(CREDENTIALS).toString('base64')}`
    const refusal =
      this.refusals.shift() ??
      (headers.authorization === wanted ? undefined : failure(401, 'Unauthorized'))
    if (refusal !== undefined) return this.#say(response, refusal)
    const { pathname, searchParams } = new URL(url, 'http://x')
    if (pathname === '/add') return await this.#add(request, response, searchParams)
    if (pathname === '/pins' && method === 'GET') return this.#list(response)
    this.#say(response, this.#answer(method, pathname, searchParams))
  }

  #say(response: ServerResponse, [status, body, headers]: Answer): void {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(body === undefined ? undefined : JSON.stringify(body))
  }

  #answer(method: string, path: string, query: URLSearchParams): Answer {
    if (path === '/id')
      return [200, { id: PEERS[0], version: '1.1.4+git0', peername: 'one', error: '' }]
    if (path === '/health/graph')
      return [200, { cluster_id: PEERS[0], cluster_links: Object.fromEntries(PEERS.map((id) => [id, []])), cluster_to_ipfs: { [PEERS[0]!]: 'x', [PEERS[1]!]: 'y' } }] // prettier-ignore
    const [, room, cid = '', verb] = path.split('/')
    const kept = this.pins.get(cid)
    if (room === 'allocations')
      return kept === undefined
        ? failure(404, 'pin is not part of the pinset')
        : [200, { cid, name: kept.name, allocations: [...kept.peers.keys()] }]
    if (room !== 'pins') return failure(404, 'not found')
    if (method === 'GET') return [200, this.#info(cid, true)]
    if (method === 'DELETE') {
      if (kept === undefined) return failure(404, 'pin is not part of the pinset')
      this.pins.delete(cid)
      return [200, { cid, name: kept.name }]
    }
    if (verb === 'recover') return this.#recover(cid)
    return this.#pin(cid, query)
  }

  #pin(cid: string, query: URLSearchParams): Answer {
    const known = ['name', 'replication-min', 'replication-max', 'origins', 'pin-update', 'format', 'stream-channels'] // prettier-ignore
    for (const name of query.keys()) if (!known.includes(name)) return failure(400, `parameter ${name} invalid`) // prettier-ignore
    const update = query.get('pin-update')
    if (update !== null && !this.pins.has(update)) return failure(500, 'not part of the pinset')
    const max = Number(query.get('replication-max') ?? this.#replicas)
    if (max > PEERS.length) return failure(500, 'not enough peers to allocate CID')
    if (!this.pins.has(cid) || this.failing.has(cid))
      this.put(cid, query.get('name') ?? '', 'pin_queued', max === -1 ? PEERS.length : max)
    return [200, { cid, name: query.get('name') ?? '' }]
  }

  put(cid: string, name: string, status: string, replicas = this.#replicas): void {
    const peers = new Map(PEERS.slice(0, replicas).map((id) => [id, { status, error: '' }]))
    this.pins.set(cid, { name, peers })
  }

  #recover(cid: string): Answer {
    for (const peer of this.pins.get(cid)?.peers.values() ?? [])
      if (peer.status === 'pin_error') Object.assign(peer, { status: 'pin_queued', error: '' })
    return [200, this.#info(cid, false)]
  }

  /** @param steps whether its pins go on a step. */
  #info(cid: string, steps: boolean): unknown {
    const kept = this.pins.get(cid)
    const peers = PEERS.map((id, i) => {
      const peer = kept?.peers.get(id) ?? {
        status: kept === undefined ? 'unpinned' : 'remote',
        error: ''
      }
      const said = { peername: i === 0 ? 'one' : '', ...peer, timestamp: '2026-01-01T00:00:00Z', attempt_count: 0, priority_pin: false } // prettier-ignore
      if (steps && i !== 2) this.#step(peer, this.failing.get(cid), i)
      else if (steps) this.#step(peer, undefined, i)
      return [id, said] as const
    })
    return { cid, name: kept?.name ?? '', allocations: [], origins: null, created: '2026-01-01T00:00:00Z', metadata: null, peer_map: Object.fromEntries(peers) } // prettier-ignore
  }

  /** The first peer has everything at once; the others may fail. */
  #step(peer: { status: string; error: string }, reason: string | undefined, i: number): void {
    if (peer.status === 'pin_queued') peer.status = 'pinning'
    else if (peer.status === 'pinning') {
      const fails = reason !== undefined && i > 0
      Object.assign(peer, fails ? { status: 'pin_error', error: reason } : { status: 'pinned' })
    }
  }

  #list(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'application/json', trailer: 'X-Stream-Error' })
    for (const cid of this.pins.keys())
      response.write(`${JSON.stringify(this.#info(cid, false))}\n`)
    if (this.cutsLists) response.write('{"cid":"bafk')
    if (this.streamError !== '') response.addTrailers({ 'X-Stream-Error': this.streamError })
    response.end()
  }

  async #add(request: IncomingMessage, response: ServerResponse, query: URLSearchParams) {
    const parts: Buffer[] = []
    try {
      for await (const part of request) parts.push(part as Buffer)
    } catch {
      return
    }
    const cids = await cidsIn(Buffer.concat(parts), request.headers['content-type'] ?? '')
    response.writeHead(200, { 'content-type': 'application/json', trailer: 'X-Stream-Error' })
    if (this.streamError === '') {
      const root = this.otherRoot ?? String(cids[0])
      response.write(`${JSON.stringify({ name: '', cid: root, allocations: [] })}\n`)
      this.#pin(root, query)
    } else response.addTrailers({ 'X-Stream-Error': this.streamError })
    response.end()
  }
}

/** The CIDs of the archive in a form of one file. */
async function cidsIn(body: Buffer, type: string): Promise<Cid[]> {
  const boundary = /boundary=(.+)$/.exec(type)![1]!
  const start = body.indexOf('\r\n\r\n') + 4
  const car = body.subarray(start, body.lastIndexOf(`\r\n--${boundary}--`))
  const sections = new CarSections(
    new ExactReader(
      (async function* () {
        yield car
      })()
    )
  )
  const cids: Cid[] = []
  for (let next = await sections.next(); next !== undefined; next = await sections.next()) {
    cids.push(next.cid)
    await sections.take(next)
  }
  return cids
}
