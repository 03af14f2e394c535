/** The IPFS Cluster backend, against a fixture made from the published API. */
import t, { type Test } from 'tap'
import type { PinStates, PinStatus } from '../../backends/facets/remote-pins.js'
import { IpfsClusterBackend } from '../../backends/ipfs_cluster/backend.js'
import { ipfsClusterOptions } from '../../backends/ipfs_cluster/options.js'
import { pinFailure } from '../../src/pins/pin-failure.js'
import { watchPin } from '../support/pin-watch.js'
import { roundTrip } from '../../backends/round-trip.js'
import { Secrets } from '../../backends/secrets.js'
import { Cid, RAW } from '../../src/core/cid.js'
import { sha256, SHA2_256 } from '../../src/core/hash.js'
import { carHeader, sectionHead } from '../../src/formats/car-writer.js'
import { backendSuite } from '../contract/backend-suite.js'
import { CREDENTIALS, IpfsCluster } from '../servers/ipfs-cluster.js'

const signal = AbortSignal.timeout(120_000)
const block = Buffer.from('a block')
const cid = Cid.v1(RAW, SHA2_256, sha256(block))
const car = [carHeader([cid]), sectionHead(cid, block.length), block]
const secrets = new Secrets({ 'basic-auth': { value: CREDENTIALS, from: 'typed' } })

const backendAt = (url: string, more: Record<string, string[]> = {}): IpfsClusterBackend =>
  new IpfsClusterBackend('crew', ipfsClusterOptions({ cluster: [url], ...more }), secrets)

async function started(test: Test, more: Record<string, string[]> = {}) {
  const cluster = await IpfsCluster.start(test)
  const backend = backendAt(cluster.url, more)
  test.teardown(() => backend.close())
  const { remotePins, pinStates, carUploads } = backend.facets
  return { cluster, backend, pins: remotePins!, states: pinStates!, uploads: carUploads! }
}

async function settled(states: PinStates): Promise<PinStatus | undefined> {
  let last: PinStatus | undefined
  for await (const status of watchPin(states, cid, { signal }, () => Promise.resolve()))
    last = status
  return last
}

backendSuite('fixture IPFS Cluster', {}, async (t) => {
  const cluster = await IpfsCluster.start(t)
  return { backend: backendAt(cluster.url), plant: () => Promise.resolve() }
})

t.test('fixture: it says its version and how many peers are well', async (t) => {
  const { backend } = await started(t)
  t.same(await backend.health({ signal }), {
    version: 'IPFS Cluster 1.1.4+git0, peer one; IPFS answers at 2 of 3 peers'
  })
})

t.test(
  'fixture: replication, name and origins go with a pin, and each peer has a state',
  async (t) => {
    const { cluster, pins, states } = await started(t, {
      'replication-min': ['1'],
      'replication-max': ['3']
    })
    const request = { name: 'a b', origins: ['/ip4/1.2.3.4/tcp/4001/p2p/x', '/dns/y/tcp/1/p2p/z'] }
    t.match(await pins.pin(cid, request, { signal }), {
      state: 'queued',
      holders: [{ name: 'one' }, { name: '12D3KooWTwo' }, { name: '12D3KooWThree' }]
    })
    const { path } = cluster.received.find(({ method }) => method === 'POST')!
    t.same(Object.fromEntries(new URL(path, 'http://x').searchParams), {
      name: 'a b',
      'replication-min': '1',
      'replication-max': '3',
      origins: '/ip4/1.2.3.4/tcp/4001/p2p/x,/dns/y/tcp/1/p2p/z'
    })
    t.match(await settled(states), { state: 'pinned', name: 'a b' })
  }
)

t.test(
  'fixture: a peer that fails says why, escaped; the pin is as good as its replication asks',
  async (t) => {
    const { cluster, pins, states } = await started(t)
    cluster.failing.set(String(cid), 'disk\u001b full')
    await pins.pin(cid, {}, { signal })
    const status = await settled(states)
    t.match(status, {
      state: 'failed',
      holders: [
        { name: 'one', state: 'pinned', details: '' },
        { name: '12D3KooWTwo', state: 'failed', details: 'disk\\x1b full' }
      ]
    })
    t.match(pinFailure('crew', cid, status!).message, /12D3KooWTwo: disk\\x1b full$/)
    const one = backendAt(cluster.url, { 'replication-min': ['1'] })
    t.teardown(() => one.close())
    t.match(
      await one.facets.pinStates!.statusOf(cid, { signal }),
      { state: 'pinned' },
      'one of two'
    )
    cluster.failing.clear()
    t.match(await pins.recover(cid, { signal }), { state: 'queued' })
    t.match(await settled(states), { state: 'pinned' })
  }
)

t.test('fixture: a peer that has just begun loses no pin', async (t) => {
  const { cluster, states } = await started(t)
  cluster.put(String(cid), '', 'unpinned')
  t.match(await states.statusOf(cid, { signal }), { state: 'unknown', holders: [] })
  cluster.put(String(cid), '', 'cluster_error')
  t.match(await states.statusOf(cid, { signal }), { state: 'unknown' })
  cluster.refusals.push([404, 'a page of a proxy'])
  await t.rejects(states.statusOf(cid, { signal }), { code: 'BACKEND_UNAVAILABLE' })
})

t.test('fixture: an archive is taken whole, or not at all', async (t) => {
  const { cluster, states, uploads } = await started(t)
  const put = () => uploads.putCar(cid, () => car, { name: 'mine' }, { signal })
  t.match(await put(), { name: 'mine' })
  t.match(cluster.received.find(({ path }) => path.startsWith('/add'))!.path, /format=car/)
  t.match(await settled(states), { state: 'pinned' })
  cluster.pins.clear()
  for (const [said, code] of [
    ['write: no space left on device', 'NO_SPACE'],
    ['ipld: could not find bafy', 'BLOCK_NOT_FOUND'],
    ['not enough peers to allocate CID', 'QUOTA'],
    ['something else', 'BACKEND_UNAVAILABLE']
  ] as const) {
    cluster.streamError = said
    await t.rejects(put(), { code }, said)
  }
  cluster.streamError = ''
  cluster.otherRoot = String(Cid.v1(RAW, SHA2_256, sha256(Buffer.from('another'))))
  await t.rejects(put(), { code: 'BACKEND_UNAVAILABLE', message: /took bafk.* from an archive of/ })
})

t.test(
  'threats 83: fixture lists that are cut short, or fail on the way, are no lists',
  async (t) => {
    const { cluster, states } = await started(t)
    cluster.put(String(cid), '', 'pinned')
    const list = async (): Promise<number> => {
      let count = 0
      for await (const _ of states.listPins({ signal })) count++
      return count
    }
    t.equal(await list(), 1)
    cluster.cutsLists = true
    await t.rejects(list(), { code: 'BACKEND_UNAVAILABLE' })
    cluster.cutsLists = false
    cluster.streamError = 'a peer \u0085is gone'
    await t.rejects(list(), {
      code: 'BACKEND_UNAVAILABLE',
      message: /failed on the way: a peer \\x85/
    })
  }
)

t.test('fixture: each refusal has its code', async (t) => {
  const { cluster, pins } = await started(t)
  for (const [status, message, code] of [
    [400, 'error decoding Cid', 'INVALID_ARGUMENT'],
    [401, 'Unauthorized', 'CREDENTIALS'],
    [403, 'no', 'CREDENTIALS'],
    [413, 'too big', 'TOO_LARGE'],
    [429, 'slow down', 'RATE_LIMITED'],
    [500, 'not enough peers to allocate CID', 'QUOTA'],
    [500, 'oops', 'BACKEND_UNAVAILABLE'],
    [504, 'late', 'TIMEOUT']
  ] as const) {
    const headers: Record<string, string> = status === 429 ? { 'retry-after': '0' } : {}
    cluster.refusals.push([status, { code: status, message }, headers])
    const host = new URL(cluster.url).host
    await t.rejects(pins.pin(cid, {}, { signal }), { code, message: `${host} answers ${status}: ${message}` }) // prettier-ignore
  }
  const other = new IpfsClusterBackend('crew', ipfsClusterOptions({ cluster: [cluster.url] }), new Secrets()) // prettier-ignore
  t.teardown(() => other.close())
  await t.rejects(other.health({ signal }), { code: 'CREDENTIALS' }, 'without name and password')
})

t.test('fixture: trying it hands over an archive, and takes it away', async (t) => {
  const { cluster, backend } = await started(t)
  const steps: (string | undefined)[] = []
  for (const [step, work] of roundTrip(backend, { signal })) steps.push(step, await work())
  t.match(steps, ['ask', /IPFS Cluster/, 'list pins', 'none', 'put archive', /is queued/, 'unpin'])
  t.equal(cluster.pins.size, 0)
})

t.test('numbers of peers are numbers, and fit each other', async (t) => {
  t.equal(ipfsClusterOptions({}).url.href, 'http://127.0.0.1:9094/')
  for (const wrong of [
    { 'replication-min': ['0'] },
    { 'replication-max': ['many'] },
    { 'replication-min': ['3'], 'replication-max': ['2'] },
    { 'replication-min': ['-1'], 'replication-max': ['2'] }
  ])
    t.throws(() => ipfsClusterOptions(wrong), { code: 'USAGE' })
})
