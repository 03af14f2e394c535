import t from 'tap'
import { printable } from '../../src/core/printable.js'
import { parseAddress } from '../../src/operations/address.js'
import type { PlaceInMount } from '../../src/operations/services.js'

const V0 = 'QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH'
const V1 = 'bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku'
const BASE64 = 'mAVUSIOOwxEKY/BwUmvv0yJlvuSQnrkHkZJuTTKSVmRt4UrhV'
const KEY = 'k51qzi5uqu5dgox2z23r6e99oqency055a6xt92xzmyvpz8mwz5ycjavm0u150'

const nowhere = { locate: () => undefined }

/** An address as one text. */
function read(text: string, place?: PlaceInMount): string {
  const { namespace, root, names } = parseAddress(text, { locate: () => place })
  return ['', namespace, root, ...names.map(printable)].join('/')
}

t.test('a CID with a path, in every form', async (t) => {
  for (const [text, address] of [
    [V1, `/ipfs/${V1}`],
    [`${V0}/a/b`, `/ipfs/${V0}/a/b`],
    [`/ipfs/${V1}/a%20b?`, `/ipfs/${V1}/a%20b?`],
    [`ipfs/${V1}/a`, `/ipfs/${V1}/a`],
    [`${BASE64}/a`, `/ipfs/${BASE64}/a`],
    [`/ipfs/${BASE64}`, `/ipfs/${BASE64}`],
    [`/ipns/docs.test/a`, `/ipns/docs.test/a`],
    [`${V1}//a/./b/../c/`, `/ipfs/${V1}/a/c`],
    [`${V1}/..a/...`, `/ipfs/${V1}/..a/...`]
  ] as const)
    t.equal(read(text), address, text)
})

t.test('`..` is resolved by text, and not above the root', async (t) => {
  for (const text of [`${V1}/..`, `${V1}/a/../../b`, `ipfs://${V1}/../x`, `${V1}/../${V0}`])
    t.throws(() => parseAddress(text, nowhere), { code: 'INVALID_CID', message: /above its root/ })
})

t.test('URLs of browsers and of gateways', async (t) => {
  for (const [text, address] of [
    [`ipfs://${V1}`, `/ipfs/${V1}`],
    [`IPFS://${V1}/a%20b/%E2%82%AC?x=1#y`, `/ipfs/${V1}/a b/€`],
    [`ipns://docs.test/a?b`, `/ipns/docs.test/a`],
    [`ipns://${KEY}`, `/ipns/${KEY}`],
    [`ipfs://ipfs/${V0}/1.png`, `/ipfs/${V0}/1.png`],
    [`ipfs:///ipns/docs.test`, `/ipns/docs.test`],
    [`ipfs:${V1}`, `/ipfs/${V1}`],
    [`dweb:/ipfs/${V1}/a`, `/ipfs/${V1}/a`],
    [`https://ipfs.io/ipfs/${V1}/a%2520b/c?filename=x.txt#part`, `/ipfs/${V1}/a%20b/c`],
    [`http://127.0.0.1:8080/ipfs/${V0}/`, `/ipfs/${V0}`],
    [`http://[::1]:8080/ipfs/${V0}/a`, `/ipfs/${V0}/a`],
    [`https://user@example.com/gateway/ipns/docs.test/a`, `/ipns/docs.test/a`],
    [`https://${V1}.ipfs.dweb.link/a/ipfs/b?format=raw`, `/ipfs/${V1}/a/ipfs/b`],
    [`http://${V1}.ipfs.localhost:8080`, `/ipfs/${V1}`],
    [`https://${KEY}.ipns.dweb.link/a`, `/ipns/${KEY}/a`],
    [`https://docs-ipfs-tech.ipns.dweb.link/a`, `/ipns/docs.ipfs.tech/a`],
    [
      `https://en-wikipedia--on--ipfs-org.ipns.localhost:8080/wiki`,
      `/ipns/en.wikipedia-on-ipfs.org/wiki`
    ],
    [`http://en.wikipedia-on-ipfs.org.ipns.localhost/wiki`, `/ipns/en.wikipedia-on-ipfs.org/wiki`],
    [`https://gateway.ipfs.io/ipfs/${V1}/a`, `/ipfs/${V1}/a`],
    [`ipfs.io/ipfs/${V1}/a%20b`, `/ipfs/${V1}/a b`],
    [`localhost:8080/ipfs/${V1}`, `/ipfs/${V1}`],
    [`${V1}.ipfs.dweb.link`, `/ipfs/${V1}`]
  ] as const)
    t.equal(read(text), address, text)
  const { names } = parseAddress(`ipfs://${V1}/%ff%FE`, nowhere)
  t.same([...names[0]!], [0xff, 0xfe], 'names are bytes')
  for (const text of ['https://example.com/a', 'https://docs.ipfs.io/', 'http://'])
    t.throws(() => parseAddress(text, nowhere), {
      code: 'INVALID_CID',
      message: /names no content/
    })
  t.throws(() => parseAddress(`ipfs://${V1}/100%.txt`, nowhere), {
    code: 'INVALID_CID',
    message: /percent-encoded/
  })
})

t.test('a path in a mount, of whatever home', async (t) => {
  const at = (...names: string[]): PlaceInMount => ({ home: '/other', names })
  t.equal(read('file:///mnt/ipfs/x', at('ipfs', V1, 'x')), `/ipfs/${V1}/x`)
  t.throws(() => read('file://elsewhere/x'), { code: 'INVALID_CID', message: /this machine/ })
  t.equal(read('here', at('ipfs', V1, 'a b')), `/ipfs/${V1}/a b`)
  t.equal(read('/mnt/ipns/docs.test', at('ipns', 'docs.test')), '/ipns/docs.test')
  t.equal(read(V1, at('ipfs', V0)), `/ipfs/${V1}`, 'a CID is itself, wherever one is')
  t.equal(parseAddress('/x', { locate: () => at('ipfs', V1) }).home, '/other')
  for (const names of [[], ['ipfs'], ['ipns'], ['.ipfs-kit', 'stats.json']])
    t.throws(() => read('here', at(...names)), { code: 'INVALID_CID', message: /name a CID below/ })
  for (const text of ['here', '../../there', 'a/b'])
    t.throws(() => parseAddress(text, nowhere), { code: 'INVALID_CID', message: /is not a CID/ })
})
