/** The proofs of the facets of pins: a state, a listing, asking, handing over, releasing. */
import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Test } from 'tap'
import type { Backend } from '../../backends/backend.js'
import { facetOf } from '../../backends/facets/facets.js'
import type { ListedPin, PinStates, PinStatus } from '../../backends/facets/remote-pins.js'
import { watchPin } from '../support/pin-watch.js'
import { allowManyListeners } from '../../src/core/abort.js'
import { Cid, RAW } from '../../src/core/cid.js'
import { KitError } from '../../src/core/errors.js'
import { sha256, SHA2_256 } from '../../src/core/hash.js'
import { carHeader, sectionHead } from '../../src/formats/car-writer.js'
import { sampleFile, type SampleFile, type StoredBlock } from '../support/unixfs-file.js'
import type { Subject } from './backend-suite.js'

const signal = AbortSignal.timeout(600_000)
allowManyListeners(signal)
const LEAF = 50_000

const randomCid = (): Cid => Cid.v1(RAW, SHA2_256, sha256(randomBytes(9)))

async function plantedFile({ plant }: Subject): Promise<SampleFile> {
  const file = sampleFile(LEAF)
  for (const { cid, block } of [...file.leaves, file.root]) await plant(cid, block)
  return file
}

/** The state that a pin comes to. */
async function settled(states: PinStates, cid: Cid): Promise<PinStatus | undefined> {
  let last: PinStatus | undefined
  for await (const status of watchPin(states, cid, { signal }, () => delay(5))) last = status
  return last
}

async function listed(states: PinStates, cid: Cid): Promise<ListedPin[]> {
  const found: ListedPin[] = []
  for await (const pin of states.listPins({ signal })) if (pin.cid.equals(cid)) found.push(pin)
  return found
}

const aborted = { signal: AbortSignal.abort(new Error('enough')) }

/** Makes a pin in the way that the backend offers. */
async function pinned(backend: Backend, subject: Subject): Promise<Cid> {
  if (subject.plantPin !== undefined) return await subject.plantPin()
  if (backend.facets.remotePins !== undefined) {
    const { root } = await plantedFile(subject)
    await backend.facets.remotePins.pin(root.cid, { name: 'a name' }, { signal })
    return root.cid
  }
  const file = sampleFile(LEAF)
  await facetOf(backend, 'carUploads').putCar(
    file.root.cid,
    carOf(file),
    { name: 'a name' },
    { signal }
  )
  return file.root.cid
}

export async function provePinStates(t: Test, backend: Backend, subject: Subject): Promise<void> {
  const states = facetOf(backend, 'pinStates')
  t.equal(await states.statusOf(randomCid(), { signal }), undefined)
  const cid = await pinned(backend, subject)
  t.match(await settled(states, cid), { state: 'pinned' })
  t.match(await listed(states, cid), [{ state: 'pinned' }], 'it is listed once')
  t.equal((await listed(states, randomCid())).length, 0)
  await t.rejects(states.statusOf(cid, aborted), { message: 'enough' })
  await t.rejects(states.listPins(aborted)[Symbol.asyncIterator]().next(), { message: 'enough' })
}

export async function proveRemotePins(t: Test, backend: Backend, subject: Subject): Promise<void> {
  const pins = facetOf(backend, 'remotePins')
  const states = facetOf(backend, 'pinStates')
  const { root, leaves } = await plantedFile(subject)
  await t.rejects(pins.pin(root.cid, {}, aborted), { message: 'enough' })
  t.equal(await states.statusOf(root.cid, { signal }), undefined)
  t.equal(await pins.recover(root.cid, { signal }), undefined, 'nothing to recover')
  const request = { name: 'the name', origins: ['/ip4/127.0.0.1/tcp/4001'] }
  t.match(await pins.pin(root.cid, request, { signal }), { state: /queued|pinning|pinned/ })
  await pins.pin(root.cid, request, { signal })
  t.match(await settled(states, root.cid), { state: 'pinned', name: 'the name' })
  t.equal((await listed(states, root.cid)).length, 1, 'pinning twice is one pin')
  t.equal(await states.statusOf(leaves[0]!.cid, { signal }), undefined, 'a part is no pin')
  t.match(await pins.recover(root.cid, { signal }), { state: 'pinned' })
  await subject.collectGarbage?.()
  const { blockReader } = backend.facets
  if (blockReader !== undefined)
    for (const { cid } of [root, ...leaves]) await blockReader.getBlock(cid, { signal })
  await proveReplace(t, backend, subject, root)
  await subject.proveMissing?.(t, backend)
}

async function proveReplace(t: Test, backend: Backend, subject: Subject, old: StoredBlock) {
  const pins = facetOf(backend, 'remotePins')
  const states = facetOf(backend, 'pinStates')
  const { root } = await plantedFile(subject)
  await pins.replace(old.cid, root.cid, {}, { signal })
  t.match(await settled(states, root.cid), { state: 'pinned' })
  t.equal(await states.statusOf(old.cid, { signal }), undefined, 'the older one is released')
  await pins.replace(randomCid(), old.cid, {}, { signal })
  t.match(await settled(states, old.cid), { state: 'pinned' }, 'in the place of nothing')
  await pins.replace(old.cid, old.cid, {}, { signal })
  t.match(await settled(states, old.cid), { state: 'pinned' }, 'in its own place')
}

export async function provePinRemoval(t: Test, backend: Backend, subject: Subject): Promise<void> {
  const removal = facetOf(backend, 'pinRemoval')
  const states = facetOf(backend, 'pinStates')
  const cid = await pinned(backend, subject)
  await t.rejects(removal.unpin(cid, aborted), { message: 'enough' })
  t.ok(await states.statusOf(cid, { signal }))
  await removal.unpin(cid, { signal })
  await removal.unpin(cid, { signal })
  t.equal(await settled(states, cid), undefined)
  t.equal((await listed(states, cid)).length, 0)
}

/** Begins an archive with every block of a file but those that are left out. */
const carOf = (file: SampleFile, without?: StoredBlock) =>
  function* (): Iterable<Uint8Array> {
    yield carHeader([file.root.cid])
    for (const { cid, block } of [file.root, ...file.leaves].filter((one) => one !== without)) {
      yield sectionHead(cid, block.length)
      yield block
    }
  }

export async function proveCarUploads(t: Test, backend: Backend, subject: Subject): Promise<void> {
  const uploads = facetOf(backend, 'carUploads')
  const states = facetOf(backend, 'pinStates')
  const file = sampleFile(LEAF)
  const { cid } = file.root
  await t.rejects(uploads.putCar(cid, carOf(file), {}, aborted), { message: 'enough' })
  const broken = function* (): Iterable<Uint8Array> {
    yield carHeader([cid])
    throw new KitError('INTEGRITY', 'the content is broken')
  }
  await t.rejects(uploads.putCar(cid, broken, {}, { signal }), { code: 'INTEGRITY' })
  t.equal(await states.statusOf(cid, { signal }), undefined, 'nothing is pinned of it')
  for (let i = 0; i < 2; i++)
    await uploads.putCar(cid, carOf(file), { name: 'an archive' }, { signal })
  t.match(await settled(states, cid), { state: 'pinned' })
  t.equal((await listed(states, cid)).length, 1)
  await subject.collectGarbage?.()
  const { blockReader } = backend.facets
  if (blockReader !== undefined)
    for (const { cid, block } of [file.root, ...file.leaves])
      t.ok(Buffer.from(block).equals(await blockReader.getBlock(cid, { signal })))
}

export async function provePeers(t: Test, backend: Backend): Promise<void> {
  const peers = facetOf(backend, 'peers')
  for (const address of await peers.getAddresses({ signal })) t.match(address, /^\//)
  await t.rejects(peers.connect([], { signal }), { code: 'BACKEND_UNAVAILABLE' })
  const nobody = '/ip4/127.0.0.1/tcp/9/p2p/12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp'
  await t.rejects(peers.connect([nobody], { signal }), { code: 'BACKEND_UNAVAILABLE' })
}
