/** For each facet the proof that a backend that offers it keeps its contract. */
import { randomBytes } from 'node:crypto'
import type { Test } from 'tap'
import type { Backend } from '../../backends/backend.js'
import { facetOf, type Capability } from '../../backends/facets/facets.js'
import { allowManyListeners } from '../../src/core/abort.js'
import { equalBytes } from '../../src/core/bytes.js'
import { Cid, DAG_PB, RAW, verifyBlock } from '../../src/core/cid.js'
import { IDENTITY, sha256, SHA2_256 } from '../../src/core/hash.js'
import { ExactReader } from '../../src/core/exact-reader.js'
import { CarSections } from '../../src/formats/car-stream.js'
import { parseIpnsName, type IpnsName } from '../../src/names/ipns-name.js'
import { verifyIpnsRecord } from '../../src/names/ipns-record.js'
import { sampleFile, type SampleFile, type StoredBlock } from '../support/unixfs-file.js'
import type { Subject } from './backend-suite.js'
import { fileReaderSuite, fileWriterSuite } from './named-files-suite.js'
import {
  proveCarUploads,
  provePeers,
  provePinRemoval,
  provePinStates,
  proveRemotePins
} from './pin-proofs.js'

export type Proof = (t: Test, backend: Backend, subject: Subject) => Promise<void>

const signal = AbortSignal.timeout(600_000)
allowManyListeners(signal)
const LEAF = 200_000
const LIBP2P_KEY = 0x72

export const rawCid = (block: Uint8Array): Cid => Cid.v1(RAW, SHA2_256, sha256(block))

/** A dag-pb node of its own: UnixFS file bytes in a frame. */
export const pbLeaf = (text: string): Uint8Array => {
  const data = Buffer.from(text)
  const head = Buffer.from([0x08, 0x02, 0x12, data.length])
  const inner = Buffer.concat([head, data, Buffer.from([0x18, data.length])])
  return Buffer.concat([Buffer.from([0x0a, inner.length]), inner])
}

async function plantedFile({ plant }: Subject): Promise<SampleFile> {
  const file = sampleFile(LEAF)
  for (const { cid, block } of [...file.leaves, file.root]) await plant(cid, block)
  return file
}

/** Each piece is good until the next one is asked for. */
async function bytesOf(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const piece of pieces) parts.push(Buffer.from(piece))
  return Buffer.concat(parts)
}

/** The blocks of an archive, each verified. */
async function blocksOf(archive: AsyncIterable<Uint8Array>): Promise<StoredBlock[]> {
  const sections = new CarSections(new ExactReader(archive))
  const blocks: StoredBlock[] = []
  for (let next = await sections.next(); next !== undefined; next = await sections.next()) {
    const block = Buffer.from(await sections.take(next))
    verifyBlock(next.cid, block)
    blocks.push({ cid: next.cid, block })
  }
  return blocks
}

const proveBlockWriter: Proof = async (t, backend) => {
  const writer = facetOf(backend, 'blockWriter')
  const reader = facetOf(backend, 'blockReader')
  const block = randomBytes(5000)
  const cid = rawCid(block)
  await Promise.all(Array.from({ length: 5 }, () => writer.putBlock(cid, block, { signal })))
  await writer.putBlock(cid, block, { signal })
  t.same(Buffer.from(await reader.getBlock(cid, { signal })), block)
  const node = pbLeaf('put as a node')
  const nodeCid = Cid.v1(DAG_PB, SHA2_256, sha256(node))
  await writer.putBlock(nodeCid, node, { signal })
  t.same(Buffer.from(await reader.getBlock(nodeCid, { signal })), Buffer.from(node))
  await writer.deleteBlock(cid, { signal })
  await writer.deleteBlock(cid, { signal })
  await t.rejects(reader.getBlock(cid, { signal }), { code: 'BLOCK_NOT_FOUND' })
  const other = randomBytes(100)
  const aborted = { signal: AbortSignal.abort(new Error('enough')) }
  await t.rejects(writer.putBlock(rawCid(other), other, aborted), { message: 'enough' })
  await t.rejects(reader.getBlock(rawCid(other), { signal }), { code: 'BLOCK_NOT_FOUND' })
}

const proveBlockReader: Proof = async (t, backend, { plant }) => {
  const reader = facetOf(backend, 'blockReader')
  const block = pbLeaf(`content of ${backend.name} ${randomBytes(4).toString('hex')}`)
  const v1 = Cid.v1(DAG_PB, SHA2_256, sha256(block))
  await plant(v1, block)
  for (const cid of [v1, Cid.v0(sha256(block))])
    t.same(Buffer.from(await reader.getBlock(cid, { signal })), Buffer.from(block), String(cid))
}

const proveFileStreams: Proof = async (t, backend, subject) => {
  const streams = facetOf(backend, 'fileStreams')
  const { root, content } = await plantedFile(subject)
  for (const position of [0, 5, LEAF, LEAF + 7])
    t.ok(
      content.subarray(position).equals(await bytesOf(streams.readFile(root.cid, position, { signal }))), // prettier-ignore
      `from ${position}`
    )
  const missing = rawCid(randomBytes(9))
  await t.rejects(bytesOf(streams.readFile(missing, 0, { signal })), { code: 'BLOCK_NOT_FOUND' })
  const aborted = { signal: AbortSignal.abort(new Error('enough')) }
  await t.rejects(bytesOf(streams.readFile(root.cid, 0, aborted)), { message: 'enough' })
}

const proveFileBatches: Proof = async (t, backend, subject) => {
  const batches = facetOf(backend, 'fileBatches')
  const { root, leaves, content } = await plantedFile(subject)
  const raw = leaves.map(({ cid }) => cid)
  t.ok(content.equals(await bytesOf(batches.readFiles(raw, { signal }))), 'raw blocks')
  const all = Buffer.concat([content, leaves[1]!.block])
  t.ok(all.equals(await bytesOf(batches.readFiles([root.cid, raw[1]!], { signal }))), 'any files')
  const missing = rawCid(randomBytes(9))
  for (const cids of [
    [...raw, missing],
    [root.cid, missing]
  ])
    await t.rejects(bytesOf(batches.readFiles(cids, { signal })), { code: 'BLOCK_NOT_FOUND' })
}

const proveEntityArchives: Proof = async (t, backend, subject) => {
  const archives = facetOf(backend, 'entityArchives')
  const { root, leaves } = await plantedFile(subject)
  const whole = await blocksOf(archives.readEntityCar(root.cid, 0, { signal }))
  const wanted = [root, ...leaves].map(({ cid }) => String(cid))
  t.same(whole.map(({ cid }) => String(cid)), wanted, 'depth first') // prettier-ignore
  const end = await blocksOf(archives.readEntityCar(root.cid, LEAF, { signal }))
  const has = ({ cid }: StoredBlock): boolean =>
    end.some((found) => equalBytes(found.cid.key, cid.key))
  t.ok(has(root) && has(leaves[1]!), 'what holds the bytes from there on')
  t.notOk(has(leaves[0]!), 'and nothing before them')
  const missing = archives.readEntityCar(rawCid(randomBytes(9)), 0, { signal })
  await t.rejects(blocksOf(missing), { name: 'KitError' })
}

const proveNameRecords: Proof = async (t, backend, { publish, plant }) => {
  const records = facetOf(backend, 'nameRecords')
  const block = randomBytes(20)
  await plant(rawCid(block), block)
  const path = `/ipfs/${rawCid(block)}`
  if (publish === undefined) return void t.fail('the subject of this suite must publish a name')
  const name = nameOf(await publish(path))
  const [record] = await records.getNameRecords(name.text, { signal })
  t.equal(verifyIpnsRecord(record!, name, Date.now()).value, path)
  const key = Buffer.concat([Buffer.from([8, 1, 18, 32]), randomBytes(32)])
  const unknown = nameOf(String(Cid.v1(LIBP2P_KEY, IDENTITY, key)))
  await t.rejects(records.getNameRecords(unknown.text, { signal }), { code: 'BLOCK_NOT_FOUND' })
}

function nameOf(text: string): IpnsName {
  const name = parseIpnsName(text)
  if (name === undefined) throw new Error(`${text} is no name`)
  return name
}

const proveKeys: Proof = async (t, backend, { publish }) => {
  const keys = await facetOf(backend, 'keys').listKeys({ signal })
  const self = keys.find(({ name }) => name === 'self')
  t.ok(self !== undefined && publish !== undefined)
  t.equal(nameOf(self!.id).text, nameOf(await publish!('/ipfs/bafkqaaa')).text)
}

const proveFileReader: Proof = async (t, backend, { plantFile }) => {
  if (plantFile === undefined) return void t.fail('the subject of this suite must plant files')
  await fileReaderSuite(t, facetOf(backend, 'fileReader'), plantFile)
}

const proveNamePublishing: Proof = async (t, backend) => {
  const publishing = facetOf(backend, 'namePublishing')
  const [one, two] = ['one', 'two'].map((text) => rawCid(Buffer.from(text)))
  const first = await publishing.publishName('proof', one!, { signal })
  t.equal(await publishing.publishName('proof', two!, { signal }), first, 'a key has one name')
  t.not(await publishing.publishName('other', two!, { signal }), first)
}

const proveFileWriter: Proof = (t, backend) =>
  fileWriterSuite(t, facetOf(backend, 'fileReader'), facetOf(backend, 'fileWriter'))

const proveLeftovers: Proof = async (t, backend, { leave }) => {
  const leftovers = facetOf(backend, 'leftovers')
  const sweep = (before: number, options: { signal: AbortSignal }): Promise<number> =>
    leftovers.sweep(before, options)
  const put = (name: string): Promise<void> =>
    facetOf(backend, 'fileWriter').put(name, () => [Buffer.from(name)], { signal })
  const day = 24 * 3_600_000
  const now = Date.now()
  await put('cars/swept.car')
  await sweep(now + day, { signal })
  t.equal(await sweep(now + day, { signal }), 0, 'what was put is none of them')
  if (leave !== undefined) {
    leave(now - 2 * day)
    leave(now - 2 * day)
    leave(now)
    t.equal(await sweep(now - day, { signal }), 2, 'the older ones go')
    t.equal(await sweep(now - day, { signal }), 0)
    t.equal(await sweep(now + day, { signal }), 1)
  }
  const found = await facetOf(backend, 'fileReader').stat('cars/swept.car', { signal })
  t.equal(found?.size, 'cars/swept.car'.length)
  const aborted = { signal: AbortSignal.abort(new Error('enough')) }
  await t.rejects(sweep(now, aborted), { message: 'enough' })
}

/** A facet without a proof does not compile. */
export const PROOFS: Readonly<Record<Capability, Proof>> = {
  blockReader: proveBlockReader,
  blockWriter: proveBlockWriter,
  fileStreams: proveFileStreams,
  fileBatches: proveFileBatches,
  entityArchives: proveEntityArchives,
  nameRecords: proveNameRecords,
  keys: proveKeys,
  namePublishing: proveNamePublishing,
  pinStates: provePinStates,
  remotePins: proveRemotePins,
  pinRemoval: provePinRemoval,
  carUploads: proveCarUploads,
  peers: provePeers,
  fileReader: proveFileReader,
  fileWriter: proveFileWriter,
  leftovers: proveLeftovers
}
