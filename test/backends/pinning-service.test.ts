/** The pinning service backend, against a fixture made from the published API. */
import t, { type Test } from 'tap'
import { facetOf } from '../../backends/facets/facets.js'
import type { ListedPin, PinStatus } from '../../backends/facets/remote-pins.js'
import { pinFailure } from '../../src/pins/pin-failure.js'
import { watchPin } from '../support/pin-watch.js'
import { PinningServiceBackend } from '../../backends/pinning_service/backend.js'
import { pinningServiceOptions } from '../../backends/pinning_service/options.js'
import { makeBackend } from '../../backends/registry.js'
import { Secrets } from '../../backends/secrets.js'
import { wrap } from '../../backends/wrap/index.js'
import { Cid, RAW } from '../../src/core/cid.js'
import { sha256, SHA2_256 } from '../../src/core/hash.js'
import { backendSuite } from '../contract/backend-suite.js'
import { httpServer } from '../servers/http.js'
import { PinningService, TOKEN } from '../servers/pinning-service.js'

const signal = AbortSignal.timeout(120_000)
const cidOf = (text: string): Cid => Cid.v1(RAW, SHA2_256, sha256(Buffer.from(text)))
const cid = cidOf('pinned')
const secrets = new Secrets({ token: { value: `${TOKEN}\n`, from: 'typed' } })
const NODE = '/ip4/203.0.113.5/tcp/4001'

const backendAt = (url: string): PinningServiceBackend =>
  new PinningServiceBackend(
    'far',
    pinningServiceOptions({ service: [url], origin: [NODE] }),
    secrets
  )

async function started(test: Test) {
  const service = await PinningService.start(test)
  const backend = backendAt(service.url)
  test.teardown(() => backend.close())
  const { remotePins, pinStates, pinRemoval } = backend.facets
  return { service, backend, pins: remotePins!, states: pinStates!, removal: pinRemoval! }
}

async function all(pins: AsyncIterable<ListedPin>): Promise<ListedPin[]> {
  const found: ListedPin[] = []
  for await (const pin of pins) found.push(pin)
  return found
}

backendSuite('fixture pinning service', {}, async (t) => {
  const service = await PinningService.start(t)
  return { backend: backendAt(service.url), plant: () => Promise.resolve() }
})

t.test(
  'fixture: a pin is watched from queued to pinned, and what is sent has its shape',
  async (t) => {
    const { service, pins, states } = await started(t)
    const name = 'n'.repeat(300)
    const status = await pins.pin(cid, { name, origins: ['/dns4/me/tcp/1', NODE] }, { signal })
    t.match(status, { state: 'queued', delegates: ['/dnsaddr/pin.example.com'] })
    const posted = service.received.filter(({ method }) => method === 'POST')
    t.same(posted, [
      {
        method: 'POST',
        path: '/psa/pins',
        body: { cid: String(cid), name: 'n'.repeat(255), origins: ['/dns4/me/tcp/1', NODE] }
      }
    ])
    const seen: string[] = []
    for await (const { state } of watchPin(states, cid, { signal }, () => Promise.resolve()))
      seen.push(state)
    t.same(seen, ['queued', 'pinning', 'pinned'])
  }
)

t.test('fixture: one that fails says why, escaped, and is tried again in its place', async (t) => {
  const { service, pins, states } = await started(t)
  service.failing.set(String(cid), 'no peers \u001b[31mhave it\nfor you')
  await pins.pin(cid, { name: 'mine' }, { signal })
  let last: PinStatus | undefined
  for await (const status of watchPin(states, cid, { signal }, () => Promise.resolve())) last = status // prettier-ignore
  t.match(last, { state: 'failed', details: 'no peers \\x1b[31mhave it\\nfor you' })
  t.match(pinFailure('far', cid, last!).message, /could not pin baf.*: no peers \\x1b\[31mhave/)
  service.failing.clear()
  const [old] = [...service.requests.keys()]
  t.match(await pins.recover(cid, { signal }), { state: 'queued', name: 'mine' })
  t.equal(service.received.at(-1)!.path, `/psa/pins/${encodeURIComponent(old!)}`, 'a replacement')
  t.equal(service.requests.size, 1)
  service.failing.set(String(cid), 'again')
  for await (const status of watchPin(states, cid, { signal }, () => Promise.resolve())) last = status // prettier-ignore
  await pins.pin(cid, {}, { signal })
  t.equal(service.requests.size, 1, 'asked for again, it is no second request')
})

t.test('fixture: several requests for a CID are one pin, as good as the best', async (t) => {
  const { service, states, removal } = await started(t)
  const pin = { cid: String(cid) }
  service.now = () => 1000
  service.put(pin, 'pinned')
  service.now = () => 2000
  service.put(pin, 'failed')
  service.put({ cid: String(cidOf('lost')) }, 'failed')
  t.match(await states.statusOf(cid, { signal }), { state: 'pinned' })
  const found = (await all(states.listPins({ signal }))).map(({ cid, state }) => [String(cid), state] as const) // prettier-ignore
  t.same(
    new Map(found),
    new Map([
      [String(cid), 'pinned'],
      [String(cidOf('lost')), 'failed']
    ])
  )
  await removal.unpin(cid, { signal })
  t.equal(service.requests.size, 1)
})

t.test('fixture: a long list comes whole, though a thousand stand at one time', async (t) => {
  const { service, states } = await started(t)
  for (let i = 0; i < 2500; i++) {
    service.now = () => 1_700_000_000_000 + Math.floor(i / 900)
    service.put({ cid: String(cidOf(`${i}`)) }, 'pinned')
  }
  const found = await all(states.listPins({ signal }))
  t.equal(new Set(found.map(({ cid }) => String(cid))).size, 2500)
  t.equal(found.length, 2500)
  t.ok(service.received.length < 8)
})

t.test('threats 83: fixture lists that lie are no lists', async (t) => {
  const { service, states } = await started(t)
  for (let i = 0; i < 3; i++) service.put({ cid: String(cidOf(`${i}`)) }, 'pinned')
  const lies: Record<string, (body: { count: number; results: unknown[] }) => unknown> = {
    'more than it gives': (body) => ({ ...body, count: 5000 }),
    'no list': () => ({ count: 3 }),
    'a CID that is none': (body) => ({
      ...body,
      results: body.results.map((one) => ({ ...(one as object), pin: { cid: 'bafyno' } }))
    }),
    'an identifier that leads elsewhere': (body) => ({
      ...body,
      results: body.results.map((one) => ({ ...(one as object), requestid: '..' }))
    })
  }
  for (const [what, lie] of Object.entries(lies)) {
    service.spoilList = lie
    await t.rejects(all(states.listPins({ signal })), { code: 'BACKEND_UNAVAILABLE' }, what)
  }
  service.spoilList = (body) => ({
    count: 1,
    results: [...service.requests.values()].slice(0, 1),
    other: body
  })
  t.equal(await states.statusOf(cidOf('else'), { signal }), undefined, 'the pin of another CID')
})

t.test('fixture: each refusal has its code, in the words of the service', async (t) => {
  const { service, pins } = await started(t)
  for (const [status, code] of [
    [400, 'INVALID_ARGUMENT'],
    [401, 'CREDENTIALS'],
    [402, 'QUOTA'],
    [403, 'CREDENTIALS'],
    [404, 'BACKEND_UNAVAILABLE'],
    [409, 'QUOTA'],
    [413, 'TOO_LARGE'],
    [500, 'BACKEND_UNAVAILABLE'],
    [504, 'TIMEOUT']
  ] as const) {
    service.refusals.push([status, { error: { reason: 'SOME_CODE', details: 'and\u0007 why' } }])
    await t.rejects(pins.pin(cid, {}, { signal }), {
      code,
      message: `${new URL(service.url).host} answers ${status}: SOME_CODE: and\\x07 why`
    })
  }
  service.refusals.push([200, { count: 'many' }])
  await t.rejects(pins.pin(cid, {}, { signal }), { code: 'BACKEND_UNAVAILABLE' })
})

t.test(
  'threats 41: a fixture that was asked too often is left alone for as long as it says',
  async (t) => {
    const { service, backend } = await started(t)
    service.refusals.push([429, { error: { reason: 'TOO_MANY' } }, { 'retry-after': '1' }])
    const began = performance.now()
    const pins = facetOf(wrap(backend, 500), 'remotePins')
    t.match(await pins.pin(cid, {}, { signal }), { state: 'queued' })
    t.ok(performance.now() - began >= 950, 'and its wait is no timeout')
  }
)

t.test('a token is needed, and fixture services that refuse it are CREDENTIALS', async (t) => {
  const texts = { service: ['https://pin.example.com'] }
  for (const value of ['', ' \n', 'two\nlines'])
    await t.rejects(
      makeBackend('far', 'pinning_service', texts, undefined, new Secrets({ token: { value, from: 'typed' } })), // prettier-ignore
      { code: 'CREDENTIALS', message: /the access token/ }
    )
  const url = await httpServer(t, (_, answer) => void answer.writeHead(401).end())
  const backend = backendAt(url)
  t.teardown(() => backend.close())
  await t.rejects(backend.health({ signal }), { code: 'CREDENTIALS' })
  for (const origin of ['12D3Koo', '/a b', 'http://x'])
    t.throws(() => pinningServiceOptions({ ...texts, origin: [origin] }), { code: 'USAGE' })
})

t.test(
  'fixture: a service that takes another pin than it was asked for has taken none',
  async (t) => {
    const { service, pins } = await started(t)
    const other = String(Cid.v1(RAW, SHA2_256, sha256(Buffer.from('another'))))
    service.refusals.push([200, { count: 0, results: [] }], [202, service.put({ cid: other })])
    await t.rejects(pins.pin(cid, {}, { signal }), { code: 'BACKEND_UNAVAILABLE', message: other })
  }
)
