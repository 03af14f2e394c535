/** Content on hosts of its own: subdomains, domains with a DNSLink, a gateway as a proxy. */
import { base36 } from 'multiformats/bases/base36'
import t from 'tap'
import { Cid, DAG_PB } from '../../src/core/cid.js'
import { domainOfLabel, inlinedDomain, placeOf } from '../../src/gateway/hosts.js'
import { parseIpnsName } from '../../src/names/ipns-name.js'
import { checkReply, conformanceGateway } from '../support/gateway.js'

t.setTimeout(60_000)

const HELLO = 'bafkreicysg23kiwv34eg2d7qweipxwosdo2py4ldv42nbauguluen5v6am'
const HELLO_V0 = 'QmZULkCELmmk5XNfCgTnCyFgAVxBRBXyDHGGMVoLFLiXEN'
const HELLO_V0_TO_1 = 'bafybeiffndsajwhk3lwjewwdxqntmjm4b5wxaaanokonsggenkbw6slwk4'
const TOO_LONG =
  'bafkrgqhhyivzstcz3hhswshfjgy6ertgmnqeleynhwt4dlfsthi4hn7zgh4uvlsb5xncykzapi3ocd4lzogukir6ksdy6wzrnz6ohnv4aglcs'
const DIR = 'bafybeiht6dtwk3les7vqm6ibpvz6qpohidvlshsfyr7l5mpysdw2vmbbhe'
const LISTED = 'bafybeig6ka5mlwkl4subqhaiatalkcleo4jgnr3hqwvpmsqfca27cijp3i'
const TEXT = 'bafkreialihlqnf5uwo4byh4n3cmwlntwqzxxs2fg5vanqdi3d7tb2l5xkm'
const PERCENT = 'bafybeig675grnxcmshiuzdaz2xalm6ef4thxxds6o6ypakpghm5kghpc34'

t.test('hosts', async (t) => {
  const domains = ['localhost', 'example.com']
  t.same(placeOf('127.0.0.1:8580', domains), { kind: 'path' })
  t.same(placeOf('[::1]:8580', domains), { kind: 'path' })
  t.same(placeOf('', domains), { kind: 'path' })
  t.same(placeOf('LocalHost:8580', domains), { kind: 'gateway', authority: 'localhost:8580' })
  t.same(placeOf(`${HELLO}.ipfs.localhost:1`, domains), { kind: 'content', namespace: 'ipfs', label: HELLO, authority: 'localhost:1' }) // prettier-ignore
  t.same(placeOf('en.example.org.ipns.example.com', domains), { kind: 'content', namespace: 'ipns', label: 'en.example.org', authority: 'example.com' }) // prettier-ignore
  t.match(placeOf('notlocalhost', domains), { kind: 'domain' })
  t.match(placeOf('x.ipfs.elsewhere.org', domains), { kind: 'domain' })
  for (const domain of ['en.wikipedia-on-ipfs.org', 'a-b.c', 'a--b.c'])
    t.equal(domainOfLabel(inlinedDomain(domain)), domain)
  t.equal(inlinedDomain('en.wikipedia-on-ipfs.org'), 'en-wikipedia--on--ipfs-org')
})

t.test('content on hosts of its own', async (t) => {
  const { ask, port } = await conformanceGateway(t)

  for (const host of ['example.com', `localhost:${port}`]) {
    const on = (label: string, path: string, headers = {}) =>
      ask(path, { host: `${label}.${host}`, headers })
    const at = (path: string, headers = {}) => ask(path, { host, headers })

    t.test(`by path at ${host}`, async (t) => {
      const moved: [string, string, Record<string, string>?][] = [
        [`/ipfs/${HELLO}/`, `http://${HELLO}.ipfs.${host}/`],
        [`/ipfs/${HELLO}`, `http://${HELLO}.ipfs.${host}/`],
        [`/ipfs/${DIR}/a/b?x=1`, `http://${DIR}.ipfs.${host}/a/b?x=1`],
        [
          `/ipfs/${PERCENT}/Portugal%252C+Espa%C3%B1a=Peninsula%20Ib%C3%A9rica.txt`,
          `http://${PERCENT}.ipfs.${host}/Portugal%252C+Espa%C3%B1a=Peninsula%20Ib%C3%A9rica.txt`
        ],
        [`/ipfs/${HELLO_V0}/`, `http://${HELLO_V0_TO_1}.ipfs.${host}/`],
        [`/ipfs/${HELLO}/`, `https://${HELLO}.ipfs.${host}/`, { 'x-forwarded-proto': 'https' }],
        [
          '/ipns/en.wikipedia-on-ipfs.example.org/wiki/',
          `http://en-wikipedia--on--ipfs-example-org.ipns.${host}/wiki/`
        ],
        [
          '/ipns/en.wikipedia-on-ipfs.example.org/wiki/',
          `https://en-wikipedia--on--ipfs-example-org.ipns.${host}/wiki/`,
          { 'x-forwarded-proto': 'https' }
        ],
        [
          '/ipfs/?uri=ipfs%3A%2F%2FQmXoypizjW3WknFiJnKLwHCnL72vedxjQkDDP1mXWo6uco%2Fwiki%2FDiego_Maradona.html',
          '/ipfs/QmXoypizjW3WknFiJnKLwHCnL72vedxjQkDDP1mXWo6uco/wiki/Diego_Maradona.html'
        ],
        [
          '/ipns/?uri=ipns%3A%2F%2Fen.wikipedia-on-ipfs.example.org',
          '/ipns/en.wikipedia-on-ipfs.example.org'
        ]
      ]
      for (const [path, location, headers] of moved)
        checkReply(t, path, await at(path, headers), { status: 301, headers: { location } })
      checkReply(t, 'no CID', await at('/ipfs/QmInvalidCID'), {
        status: 400,
        has: ['invalid path "/ipfs/QmInvalidCID"']
      })
      checkReply(t, 'too long', await at(`/ipfs/${TOO_LONG}`), { status: 400, has: ['CID incompatible with DNS label length limit of 63'] }) // prettier-ignore
      const forwarded = { 'x-forwarded-host': host }
      checkReply(t, 'behind a proxy', await ask(`/ipfs/${HELLO}`, { host: 'fake.domain.com', headers: forwarded }), { status: 301, headers: { location: `http://${HELLO}.ipfs.${host}/` } }) // prettier-ignore
    })

    t.test(`keys at ${host}`, async (t) => {
      const keys = [
        'QmVujd5Vb7moysJj8itnGufN7MEtPRCNHkKpNuA4onsRa3',
        '12D3KooWLQzUv2FHWGVPXTXSZpdHs7oHbXub2G5WC8Tx4NQhyd2d'
      ]
      for (const old of keys) {
        const key = parseIpnsName(old)!.text
        const { hashCode, digest } = Cid.parse(key)
        const dagPb = base36.encode(Cid.v1(DAG_PB, hashCode, digest).bytes)
        const location = `http://${key}.ipns.${host}/`
        checkReply(t, old, await at(`/ipns/${old}`), { status: 301, headers: { location } })
        checkReply(t, key, await at(`/ipns/${key}`), { status: 301, headers: { location } })
        checkReply(t, key, await on(`${key}.ipns`, '/'), { status: 200, body: 'hello\n' })
        checkReply(t, 'as another codec', await on(`${dagPb}.ipns`, '/'), {
          status: 301,
          headers: { location }
        })
      }
    })

    t.test(`below ${host}`, async (t) => {
      const dir = `${DIR}.ipfs`
      checkReply(t, 'a file', await on(`${HELLO}.ipfs`, '/'), { status: 200, body: 'hello\n' })
      checkReply(t, 'no namespace there', await on(`${HELLO}.ipfs`, `/ipfs/${HELLO}`), {
        status: 404
      })
      checkReply(t, 'a folder of that name', await on(dir, '/ipfs/file.txt'), {
        status: 200,
        body: 'I am a txt file\n'
      })
      checkReply(t, 'a page', await on(dir, '/'), {
        status: 200,
        has: ['Index of', '<a href="/hello">hello</a>', '<a href="/ipfs">ipfs</a>'],
        lacks: ['>..</a>']
      })
      checkReply(t, 'a page below', await on(dir, '/ipfs/ipns/'), {
        status: 200,
        has: [
          '<a href="/ipfs/ipns/..">..</a>',
          '<a href="/ipfs/ipns/bar">bar</a>',
          `/ipfs/<a href="//${host}/ipfs/${DIR}">${DIR}</a>/<a href="//${host}/ipfs/${DIR}/ipfs">ipfs</a>/<a href="//${host}/ipfs/${DIR}/ipfs/ipns">ipns</a>`
        ]
      })
      checkReply(t, 'a file below', await on(dir, '/ipfs/ipns/bar'), {
        status: 200,
        body: 'text-file-content\n'
      })
      checkReply(t, 'without its slash', await on(`${LISTED}.ipfs`, '/%C4%85/%C4%99'), { status: 301, headers: { location: '/%C4%85/%C4%99/' } }) // prettier-ignore
      checkReply(t, 'links of a page', await on(`${LISTED}.ipfs`, '/%C4%85/%C4%99/'), {
        headers: { etag: /"DirIndex-/ },
        has: [
          `<a class="ipfs-hash" translate="no" href="//${host}/ipfs/${TEXT}?filename=file-%25C5%25BA%25C5%2582.txt">`,
          '<a href="/%C4%85/%C4%99/file-%C5%BA%C5%82.txt">file-źł.txt</a>'
        ]
      })
      checkReply(t, 'too long', await on(`${TOO_LONG}.ipfs`, '/'), { status: 400, has: ['CID incompatible with DNS label length limit of 63'] }) // prettier-ignore
      checkReply(t, 'no CID', await on('nonsense.ipfs', '/'), { status: 400 })
      checkReply(t, 'a domain', await on('dnslink-test.example.org.ipns', '/'), { body: 'hello\n' })
      checkReply(t, 'a domain in one label', await on('dnslink--test-example-org.ipns', '/'), {
        body: 'hello\n'
      })
    })
  }

  t.test('nobody’s host shows content by path', async (t) => {
    checkReply(t, 'by path', await ask(`/ipfs/${HELLO}`, { host: 'fake.domain.com' }), {
      status: 200,
      body: 'hello\n'
    })
    checkReply(t, 'nothing else', await ask('/', { host: 'fake.domain.com' }), { status: 404 })
  })

  t.test('websites of domains', async (t) => {
    const site = 'dnslink-dir-listing.example.org'
    const on = (path: string) => ask(path, { host: site })
    checkReply(t, 'a page', await on('/'), { status: 200, has: ['Index of'], lacks: ['<a href="/">..</a>'], headers: { 'ipfs-uri': `ipns://${site}/` } }) // prettier-ignore
    checkReply(t, 'without its slash', await on('/%C4%85/%C4%99'), {
      status: 301,
      headers: { location: '/%C4%85/%C4%99/' }
    })
    checkReply(t, 'links', await on('/%C4%85/%C4%99/'), {
      headers: { etag: /"DirIndex-/, 'ipfs-uri': `ipns://${site}/%C4%85/%C4%99/` },
      has: [
        '<a href="/%C4%85/%C4%99/..">..</a>',
        `/ipns/<a href="//${site}/">${site}</a>/<a href="//${site}/%C4%85">ą</a>/<a href="//${site}/%C4%85/%C4%99">ę</a>`,
        '<a href="/%C4%85/%C4%99/file-%C5%BA%C5%82.txt">file-źł.txt</a>',
        `<a class="ipfs-hash" translate="no" href="https://cid.ipfs.tech/#${TEXT}" target="_blank" rel="noreferrer noopener">`
      ]
    })
    checkReply(t, 'by way of a key', await ask('/', { host: 'dnslink-over-ipns.example.org' }), { status: 200, body: 'hello\n' }) // prettier-ignore
    checkReply(t, 'below a root', await ask('/root3/root4/index.html', { host: 'dnslink-subpath.example.org' }), { status: 200, body: 'hello\n' }) // prettier-ignore
    checkReply(t, 'never its own file', await on('//evil.example.org/%2e%2e/'), {
      headers: { location: undefined }
    })
  })

  t.test('a client that takes the gateway for its proxy', async (t) => {
    const host = '127.0.0.1:1'
    checkReply(t, 'content', await ask(`http://${HELLO}.ipfs.example.com/`, { host }), {
      status: 200,
      body: 'hello\n'
    })
    checkReply(t, 'without a path', await ask(`http://${HELLO}.ipfs.example.com`, { host }), {
      status: 200,
      body: 'hello\n'
    })
    checkReply(t, 'a folder named ipfs', await ask(`http://${DIR}.ipfs.example.com/ipfs/file.txt`, { host }), { status: 200, body: 'I am a txt file\n' }) // prettier-ignore
    checkReply(t, 'by path', await ask(`http://example.com/ipfs/${HELLO_V0}/`, { host }), { status: 301, headers: { location: `http://${HELLO_V0_TO_1}.ipfs.example.com/` } }) // prettier-ignore
  })
})
