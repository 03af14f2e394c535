/** The Filecoin backend, against fixtures made from the published API. */
import { randomBytes } from 'node:crypto'
import t, { type Test } from 'tap'
import { FilecoinBackend } from '../../backends/filecoin/backend.js'
import { filecoinOptions } from '../../backends/filecoin/options.js'
import type { OptionTexts } from '../../backends/options.js'
import { Secrets } from '../../backends/secrets.js'
import { Cid, RAW } from '../../src/core/cid.js'
import { sha256, SHA2_256 } from '../../src/core/hash.js'
import { backendSuite } from '../contract/backend-suite.js'
import { httpServer } from '../servers/http.js'
import { HEIGHT, LotusNode, type FixtureDeal } from '../servers/lotus.js'
import { TrustlessGateway } from '../servers/trustless-gateway.js'

const signal = AbortSignal.timeout(120_000)
const block = randomBytes(10_000)
const cidOf = (bytes: Uint8Array): Cid => Cid.v1(RAW, SHA2_256, sha256(bytes))
const cid = cidOf(block)

const backendOf = (texts: OptionTexts, secrets = new Secrets()): FilecoinBackend =>
  new FilecoinBackend('coin', filecoinOptions(texts), secrets)

async function started(test: Test, deals: readonly string[] = []) {
  const provider = new TrustlessGateway()
  const url = await httpServer(test, provider.answer)
  const lotus = await LotusNode.start(test)
  const backend = backendOf({ provider: [url], lotus: [lotus.url], deal: deals })
  test.teardown(() => backend.close())
  return { provider, lotus, backend, states: backend.facets.pinStates! }
}

backendSuite('fixture storage provider and Lotus node', {}, async (t) => {
  const { provider, lotus, backend } = await started(t, ['12'])
  lotus.deals.set(12, { Label: String(cid) })
  return {
    backend,
    plant: (cid, block) => Promise.resolve(provider.put(cid, block)),
    plantPin: () => Promise.resolve(cid)
  }
})

t.test(
  'fixture: a provider without raw blocks gives archives, and is asked for no raw one again',
  async (t) => {
    const { provider, backend } = await started(t)
    provider.archivesOnly = true
    provider.put(cid, block)
    for (let i = 0; i < 2; i++)
      t.ok(block.equals(await backend.facets.blockReader!.getBlock(cid, { signal })))
    t.same(
      provider.asked.map((url) => url.split('?')[1]),
      ['format=raw', 'format=car&dag-scope=block', 'format=car&dag-scope=block']
    )
    const missing = backend.facets.blockReader!.getBlock(cidOf(randomBytes(5)), { signal })
    await t.rejects(missing, { code: 'BLOCK_NOT_FOUND' })
  }
)

t.test(
  'fixture: a provider that lies, and one that is away, are replaced by the next',
  async (t) => {
    const liar = new TrustlessGateway()
    const good = new TrustlessGateway()
    for (const provider of [liar, good]) provider.put(cid, block)
    liar.lies = true
    const urls = [await httpServer(t, liar.answer), 'http://127.0.0.1:9', await httpServer(t, good.answer)] // prettier-ignore
    const backend = backendOf({ provider: urls })
    const alone = backendOf({ provider: urls.slice(0, 1) })
    t.teardown(() => Promise.all([backend.close(), alone.close()]))
    const { blockReader } = backend.facets
    t.ok(block.equals(await blockReader!.getBlock(cid, { signal })))
    // threats 1
    await t.rejects(alone.facets.blockReader!.getBlock(cid, { signal }), { code: 'INTEGRITY' })
    t.equal(backend.facets.pinStates, undefined, 'without a Lotus node nobody knows of deals')
    t.match(await backend.health({ signal }), { version: '2 of 3 storage providers answer' })
  }
)

t.test('fixture: it says how many providers answer, and which Lotus', async (t) => {
  const { backend, lotus } = await started(t)
  t.match(await backend.health({ signal }), {
    version: '1 of 1 storage providers answer, Lotus 1.34.0+mainnet'
  })
  lotus.refusals.push([401, 'no'])
  await t.rejects(backend.health({ signal }), { code: 'CREDENTIALS' })
})

t.test('fixture: the state of a deal is what the chain says of it', async (t) => {
  const { lotus, states } = await started(t, ['1', `2=${String(cid)}`])
  const other = String(cidOf(Buffer.from('other')))
  lotus.deals.set(1, { Label: other })
  const deals: readonly (readonly [FixtureDeal | undefined, string, RegExp])[] = [
    [{ Label: '' }, 'pinned', /active until epoch 9000/],
    [{ Label: '', SlashEpoch: 3000 }, 'failed', /slashed at epoch 3000/],
    [{ Label: '', EndEpoch: HEIGHT }, 'failed', /over since epoch 5000/],
    [{ Label: '', SectorStartEpoch: -1, StartEpoch: 6000 }, 'pinning', /sealed before epoch 6000/],
    [{ Label: '', SectorStartEpoch: -1, StartEpoch: 4000 }, 'failed', /not sealed before epoch/],
    [undefined, 'failed', /knows no such deal/]
  ]
  for (const [deal, state, details] of deals) {
    if (deal === undefined) lotus.deals.delete(2)
    else lotus.deals.set(2, deal)
    const name = deal === undefined ? 'deal 2' : 'f01234, deal 2'
    t.match(await states.statusOf(cid, { signal }), { state, holders: [{ name, details }] }, state)
  }
  t.match(await states.statusOf(Cid.parse(other), { signal }), {
    state: 'pinned',
    delegates: ['/p2p/peer-of-f01234']
  })
  const methods = new Set(lotus.calls.map(({ method }) => method))
  t.same([...methods].sort((a, b) => (a < b ? -1 : 1)), [
    'Filecoin.ChainHead',
    'Filecoin.StateMarketStorageDeal',
    'Filecoin.StateMinerInfo'
  ]) // prettier-ignore
})

t.test('fixture: several deals of a root are one pin, as good as the best', async (t) => {
  const { lotus, states } = await started(t, ['1', '2', '3'])
  lotus.deals.set(1, { Label: String(cid), SlashEpoch: 10 })
  lotus.deals.set(2, { Label: String(cid) })
  lotus.deals.set(3, { Label: String(cid), SectorStartEpoch: -1, StartEpoch: 6000 })
  t.match(await states.statusOf(cid, { signal }), {
    state: 'pinned',
    holders: [{ state: 'failed' }, { state: 'pinned' }, { state: 'pinning' }]
  })
})

t.test('threats 83: fixture deals that say no root make it unknown what is pinned', async (t) => {
  const { lotus, states } = await started(t, ['1'])
  for (const Label of ['some words', { bytes: 'AAEC' }, '']) {
    lotus.deals.set(1, { Label })
    const unknown = { code: 'BACKEND_UNAVAILABLE', message: /name it by --deal 1=CID/ }
    await t.rejects(states.statusOf(cid, { signal }), unknown)
  }
})

t.test('fixture: each failure of a Lotus node has its code', async (t) => {
  const { lotus, states } = await started(t, [`1=${String(cid)}`])
  const error = (code: number, message: string) => ({ jsonrpc: '2.0', id: 1, error: { code, message } }) // prettier-ignore
  for (const [status, body, code] of [
    [200, error(-32_601, 'method not found'), 'UNSUPPORTED'],
    [500, error(1, "missing permission to invoke 'ChainHead'"), 'CREDENTIALS'],
    [500, error(1, 'out\u0007 of gas'), 'BACKEND_UNAVAILABLE'],
    [200, { jsonrpc: '2.0', id: 1, result: { Height: 'high' } }, 'BACKEND_UNAVAILABLE'],
    [200, 'no JSON', 'BACKEND_UNAVAILABLE'],
    [401, 'no', 'CREDENTIALS'],
    [502, 'bad gateway', 'BACKEND_UNAVAILABLE'],
    // The last one: it is left alone behind this.
    [429, 'slow down', 'RATE_LIMITED']
  ] as const) {
    lotus.refusals.push([status, body])
    await t.rejects(states.statusOf(cid, { signal }), { code }, `${status} ${code}`)
  }
})

t.test('fixture: the token of a Lotus node goes there alone', async (t) => {
  const lotus = await LotusNode.start(t)
  lotus.token = 'a-token-of-lotus'
  const provider = new TrustlessGateway()
  let sent: string | undefined
  const url = await httpServer(t, (request, response) => {
    sent = request.headers.authorization
    provider.answer(request, response)
  })
  const secrets = new Secrets({ 'lotus-token': { value: 'a-token-of-lotus', from: 'typed' } })
  const backend = backendOf({ provider: [url], lotus: [lotus.url] }, secrets)
  t.teardown(() => backend.close())
  t.match(await backend.health({ signal }), { version: /Lotus 1\.34/ })
  t.equal(sent, undefined)
})

t.test('options that do not fit are refused', async (t) => {
  const provider = ['http://127.0.0.1:9']
  for (const [wrong, message] of [
    [{ provider, deal: ['1'] }, /--deal needs --lotus/],
    [{ provider, lotus: ['http://x'], deal: ['one'] }, /--deal takes the number of a deal/],
    [{ provider, lotus: ['http://x'], deal: ['1=bafyno'] }, /--deal takes the number of a deal/],
    [{ provider: ['ftp://x'] }, /--provider takes an http or https URL/]
  ] as const)
    t.throws(() => filecoinOptions(wrong), { code: 'USAGE', message })
})
