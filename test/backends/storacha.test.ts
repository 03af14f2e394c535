/** The Storacha backend: uploads to the vendor's own service for tests, reading from a fixture. */
import { randomBytes } from 'node:crypto'
import t, { type Test } from 'tap'
import { storachaError } from '../../backends/storacha/errors.js'
import { StorachaBackend } from '../../backends/storacha/backend.js'
import { storachaGateways } from '../../backends/storacha/options.js'
import { roundTrip } from '../../backends/round-trip.js'
import { Secrets } from '../../backends/secrets.js'
import { Cid, RAW } from '../../src/core/cid.js'
import { KitError } from '../../src/core/errors.js'
import { sha256, SHA2_256 } from '../../src/core/hash.js'
import { carHeader, sectionHead } from '../../src/formats/car-writer.js'
import { backendSuite } from '../contract/backend-suite.js'
import { httpServer } from '../servers/http.js'
import { skipWithoutStoracha, Storacha } from '../servers/storacha.js'
import { TrustlessGateway } from '../servers/trustless-gateway.js'

const signal = AbortSignal.timeout(120_000)
const cidOf = (bytes: Uint8Array): Cid => Cid.v1(RAW, SHA2_256, sha256(bytes))

const secretsOf = (key: string, proof: string): Secrets =>
  new Secrets({
    'agent-key': { value: key, from: 'typed' },
    proof: { value: `${proof}\n`, from: 'typed' }
  })

const backendAt = (
  { gatewayUrl, place, agentKey, proof }: Storacha,
  secrets = secretsOf(agentKey, proof)
): StorachaBackend => new StorachaBackend('sto', [new URL(gatewayUrl)], secrets, place)

async function started(test: Test) {
  const storacha = await Storacha.start(test)
  const backend = backendAt(storacha)
  test.teardown(() => backend.close())
  return { storacha, backend }
}

const carOf = (blocks: readonly Uint8Array[]): Uint8Array[] => [
  carHeader([cidOf(blocks[0]!)]),
  ...blocks.flatMap((block) => [sectionHead(cidOf(block), block.length), block])
]

backendSuite(
  "Storacha's service for tests, and a fixture of its gateway",
  skipWithoutStoracha,
  async (t) => {
    const { storacha, backend } = await started(t)
    return {
      backend,
      // It signs and verifies in this process.
      timeoutMs: 20_000,
      plant: (cid, block) => Promise.resolve(storacha.gateway.put(cid, block))
    }
  }
)

t.test('an archive of several blobs is one upload', skipWithoutStoracha, async (t) => {
  const { storacha, backend } = await started(t)
  const blocks = Array.from({ length: 40 }, () => randomBytes(1 << 20))
  const root = cidOf(blocks[0]!)
  await backend.facets.carUploads!.putCar(root, () => carOf(blocks), {}, { signal })
  t.ok(
    blocks.every((block) => storacha.gateway.has(cidOf(block))),
    'all of it came'
  )
  t.match(await backend.facets.pinStates!.statusOf(root, { signal }), { state: 'pinned' })
  t.match(await backend.health({ signal }), { version: /1 of 1 gateways.*and its space/ })
})

t.test(
  'a place of blobs that refuses them, and keys and proofs that are none',
  skipWithoutStoracha,
  async (t) => {
    const { storacha, backend } = await started(t)
    const block = randomBytes(100)
    storacha.blobStatus = 403
    const put = backend.facets.carUploads!.putCar(
      cidOf(block),
      () => carOf([block]),
      {},
      { signal }
    )
    await t.rejects(put, { code: 'CREDENTIALS', message: /uploading bafk.*upload failed: 403/ })
    t.equal(await backend.facets.pinStates!.statusOf(cidOf(block), { signal }), undefined)
    const other = await Storacha.start(t)
    for (const [key, proof] of [
      ['MgNoKeyAtAll', storacha.proof],
      [storacha.agentKey, 'no proof at all'],
      [other.agentKey, storacha.proof]
    ] as const) {
      const wrong = backendAt(storacha, secretsOf(key, proof))
      t.teardown(() => wrong.close())
      const error = await wrong.health({ signal }).catch((error: unknown) => error as KitError)
      t.match(error, { code: 'CREDENTIALS' }, key.slice(0, 8))
      // threats 82
      t.notMatch((error as KitError).message, storacha.proof.slice(0, 20))
    }
  }
)

t.test('trying it hands over an archive, and takes it away', skipWithoutStoracha, async (t) => {
  const { backend } = await started(t)
  const steps: (string | undefined)[] = []
  for (const [step, work] of roundTrip(backend, { signal })) steps.push(step, await work())
  t.match(steps, ['ask', /gateways/, 'list pins', 'none', 'put archive', /is pinned/, 'unpin'])
})

t.test('fixture: without a key it is read, and nothing is put there', async (t) => {
  const gateway = new TrustlessGateway()
  const block = randomBytes(1000)
  gateway.put(cidOf(block), block)
  const url = await httpServer(t, gateway.answer)
  const backend = new StorachaBackend('sto', [new URL(url)], new Secrets())
  t.teardown(() => backend.close())
  t.same(Object.keys(backend.facets), ['blockReader', 'entityArchives'])
  t.ok(block.equals(await backend.facets.blockReader!.getBlock(cidOf(block), { signal })))
  t.match(await backend.health({ signal }), { version: /no space to put content into/ })
  t.same(storachaGateways({}).map(String), ['https://w3s.link/'])
  t.throws(() => storachaGateways({ gateway: ['ipfs://x'] }), { code: 'USAGE' })
})

t.test('fixture: each failure of the client has its code', async (t) => {
  const caused = (cause: object, message = 'failed space/blob/add invocation'): Error =>
    new Error(message, { cause })
  for (const [error, code] of [
    [caused({ name: 'UploadNotFound', message: 'not found' }), 'BLOCK_NOT_FOUND'],
    [caused({ name: 'Unauthorized', message: 'no proof' }), 'CREDENTIALS'],
    [caused({ name: 'InsufficientStorage', message: 'no plan' }), 'QUOTA'],
    [caused({ name: 'HandlerNotFound', message: 'no handler' }), 'UNSUPPORTED'],
    [caused({ name: 'HTTPError', message: 'x', status: 429 }), 'RATE_LIMITED'],
    [new Error('upload failed: 504'), 'TIMEOUT'],
    [caused({ code: 'ECONNREFUSED', message: 'connect' }, 'fetch failed'), 'BACKEND_UNAVAILABLE'],
    [new Error('odd \u001b[31m'), 'BACKEND_UNAVAILABLE'],
    [caused(new KitError('INTEGRITY', 'the content is broken')), 'INTEGRITY']
  ] as const)
    t.equal(storachaError(error, 'uploading').code, code, error.message)
  t.match(storachaError(new Error('odd \u001b[31m'), 'x').message, /odd \\x1b\[31m/)
})
