/**
 * A fixture made from the published specification: whoever serves blocks and archives as trustless
 * gateways do. It keeps blocks that tests give it.
 * Source: https://specs.ipfs.tech/http-gateways/trustless-gateway/
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import * as dagPb from '@ipld/dag-pb'
import { UnixFS } from 'ipfs-unixfs'
import { bufferOf } from '../../src/core/bytes.js'
import { Cid, DAG_PB } from '../../src/core/cid.js'
import { carHeader, sectionHead } from '../../src/formats/car-writer.js'
import type { StoredBlock } from '../support/unixfs-file.js'

const keyOf = (cid: Cid): string => bufferOf(cid.multihash).toString('hex')

export class TrustlessGateway {
  readonly #blocks = new Map<string, Uint8Array>()
  /** Refuses raw blocks, as some storage providers do. */
  archivesOnly = false
  /** Flips a bit of each block. */
  lies = false
  readonly asked: string[] = []

  put(cid: Cid, block: Uint8Array): void {
    this.#blocks.set(keyOf(cid), block)
  }

  has(cid: Cid): boolean {
    return this.#blocks.has(keyOf(cid))
  }

  readonly answer = (request: IncomingMessage, response: ServerResponse): void => {
    const { pathname, searchParams } = new URL(request.url!, 'http://x')
    this.asked.push(request.url!)
    const cid = Cid.parse(pathname.replace('/ipfs/', ''))
    if (searchParams.get('format') === 'car') return this.#archive(cid, searchParams, response)
    const found = this.#blocks.get(keyOf(cid))
    if (this.archivesOnly) return void response.writeHead(400).end('only car is supported')
    if (found === undefined) return void response.writeHead(404).end('not found')
    const block = Buffer.from(found)
    if (this.lies && block.length > 0) block[0]! ^= 1
    response.writeHead(200, { 'content-type': 'application/vnd.ipld.raw' }).end(block)
  }

  #archive(cid: Cid, query: URLSearchParams, response: ServerResponse): void {
    const root = this.#blocks.get(keyOf(cid))
    if (root === undefined) return void response.writeHead(404).end('not found')
    response.writeHead(200, { 'content-type': 'application/vnd.ipld.car' })
    response.write(carHeader([cid]))
    const from = Number(query.get('entity-bytes')?.split(':')[0] ?? 0)
    const all = query.get('dag-scope') === 'block' ? [] : this.#leaves(cid, root, from)
    for (const { cid: one, block } of [{ cid, block: root }, ...all]) {
      response.write(sectionHead(one, block.length))
      response.write(block)
    }
    response.end()
  }

  /** The leaves of a file of two levels whose bytes lie at a position or behind. */
  #leaves(cid: Cid, root: Uint8Array, from: number): StoredBlock[] {
    if (cid.codec !== DAG_PB) return []
    const { Data: data, Links: links } = dagPb.decode(root)
    const sizes = UnixFS.unmarshal(data!).blockSizes
    let end = 0
    return links.flatMap(({ Hash: hash }, i) => {
      end += Number(sizes[i])
      const leaf = Cid.parse(String(hash))
      return end <= from ? [] : [{ cid: leaf, block: this.#blocks.get(keyOf(leaf))! }]
    })
  }
}
