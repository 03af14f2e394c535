/** Pins that a backend fetches by itself. */
import t from 'tap'
import type { Peers } from '../../backends/facets/peers.js'
import { PinningServiceBackend } from '../../backends/pinning_service/backend.js'
import { pinningServiceOptions } from '../../backends/pinning_service/options.js'
import { Secrets } from '../../backends/secrets.js'
import { KitError } from '../../src/core/errors.js'
import type { Mapping } from '../../src/pins/mapping.js'
import { ownNodes } from '../../src/pins/own-nodes.js'
import { RemotePinTarget } from '../../src/pins/remote-pin-target.js'
import { PinningService, TOKEN } from '../servers/pinning-service.js'

const CID = 'bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy'
const { signal } = new AbortController()
const options = { signal, onTotal: () => undefined, onBytes: () => undefined }

const mapping: Mapping = {
  cid: CID,
  carPath: `/far/cars/${CID}.car`,
  backend: 'far',
  createdAt: '2026-01-01T00:00:00.000Z',
  status: 'pending',
  fields: {},
  own: {}
}

const nothing = {
  getBlock: () => Promise.reject(new KitError('BLOCK_NOT_FOUND', 'it fetches by itself'))
}

t.test('fixture: a service is told of our nodes, and they are connected to its own', async (t) => {
  const service = await PinningService.start(t)
  const backend = new PinningServiceBackend(
    'far',
    pinningServiceOptions({ service: [service.url] }),
    new Secrets({ token: { value: TOKEN, from: 'typed' } })
  )
  t.teardown(() => backend.close())
  const connected: (readonly string[])[] = []
  let asked = 0
  const node: Peers = {
    getAddresses: () => {
      asked++
      return Promise.resolve(['/ip4/127.0.0.1/tcp/4001', '/ip4/203.0.113.5/tcp/4001'])
    },
    connect: (addresses) => Promise.resolve(void connected.push(addresses))
  }
  const away = new KitError('BACKEND_UNAVAILABLE', 'it is away')
  const silent: Peers = {
    getAddresses: () => Promise.reject(away),
    connect: () => Promise.reject(away)
  }
  const cancelled = new AbortController()
  const nodes = ownNodes(() => Promise.resolve([{ facets: { peers: silent } }, { facets: {} }, { facets: { peers: node } }])) // prettier-ignore
  const given = nodes.addresses({ signal: cancelled.signal })
  cancelled.abort(new Error('enough'))
  await t.rejects(given, { message: 'enough' }, 'others have them all the same')
  const target = new RemotePinTarget(backend, nodes)
  t.match(await target.store(mapping, nothing, options), { isWhole: false })
  const [posted] = service.received.filter(({ method }) => method === 'POST')
  t.same(posted?.body, {
    cid: CID,
    origins: ['/ip4/203.0.113.5/tcp/4001', '/ip4/127.0.0.1/tcp/4001']
  })
  t.same(connected, [['/dnsaddr/pin.example.com']])
  await target.store(mapping, nothing, options)
  t.same([asked, connected.length], [1, 1], 'once for all pins')
})
