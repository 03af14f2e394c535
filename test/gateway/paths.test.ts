/** Files and folders by path: caching, conditions, ranges, pages, CORS (path-gateway specification). */
import t from 'tap'
import { checkReply, conformanceGateway } from '../support/gateway.js'

t.setTimeout(60_000)

const LISTED = 'bafybeig6ka5mlwkl4subqhaiatalkcleo4jgnr3hqwvpmsqfca27cijp3i'
const TEXT = 'bafkreialihlqnf5uwo4byh4n3cmwlntwqzxxs2fg5vanqdi3d7tb2l5xkm'
const ROOT1 = 'bafybeib3ffl2teiqdncv3mkz4r23b5ctrwkzrrhctdbne6iboayxuxk5ui'
const ROOT2 = 'bafybeih2w7hjocxjg6g2ku25hvmd53zj7og4txpby3vsusfefw5rrg5sii'
const ROOT3 = 'bafybeiawdvhmjcz65x5egzx4iukxc72hg4woks6v6fvgyupiyt3oczk5ja'
const ROOT4 = 'bafybeifq2rzpqnqrsdupncmkmhs3ckxxjhuvdcbvydkgvch3ms24k5lo7q'
const FILE = 'bafkreicysg23kiwv34eg2d7qweipxwosdo2py4ldv42nbauguluen5v6am'
const IMMUTABLE = 'public, max-age=29030400, immutable'

t.test('a gateway by path', async (t) => {
  const gateway = await conformanceGateway(t)
  const { ask } = gateway

  t.test('pages of folders', async (t) => {
    checkReply(t, 'root', await ask(`/ipfs/${LISTED}/`), {
      status: 200,
      has: ['Index of'],
      lacks: [`<a href="/ipfs/${LISTED}/">..</a>`, '>..</a>', '<script', 'http://', 'src=']
    })
    checkReply(t, 'without its slash', await ask(`/ipfs/${LISTED}/%C4%85/%C4%99?x=1`), {
      status: 301,
      headers: {
        location: `/ipfs/${LISTED}/%C4%85/%C4%99/?x=1`,
        'ipfs-uri': `ipfs://${LISTED}/%C4%85/%C4%99`
      }
    })
    checkReply(t, 'below', await ask(`/ipfs/${LISTED}/%C4%85/%C4%99/`), {
      headers: { etag: /^"DirIndex-/, 'content-security-policy': /default-src 'none'/ },
      has: [
        `/ipfs/<a href="/ipfs/${LISTED}">${LISTED}</a>/<a href="/ipfs/${LISTED}/%C4%85">ą</a>/<a href="/ipfs/${LISTED}/%C4%85/%C4%99">ę</a>`,
        `<a href="/ipfs/${LISTED}/%C4%85/%C4%99/..">..</a>`,
        `<a href="/ipfs/${LISTED}/%C4%85/%C4%99/file-%C5%BA%C5%82.txt">file-źł.txt</a>`,
        `<a class="ipfs-hash" translate="no" href="/ipfs/${TEXT}?filename=file-%25C5%25BA%25C5%2582.txt">`
      ]
    })
    checkReply(t, 'no such file', await ask(`/ipfs/${LISTED}/i-do-not-exist`), { status: 404 })
    const sharded = await ask('/ipfs/bafybeidbclfqleg2uojchspzd4bob56dqetqjsj27gy2cq3klkkgxtpn4i/')
    checkReply(t, 'a sharded folder', sharded, { status: 200, has: ['1.txt</a>', '685.txt</a>'] })
  })

  t.test('caching', async (t) => {
    const at = `/ipfs/${ROOT1}/root2/root3`
    checkReply(t, 'a page', await ask(`${at}/`), {
      status: 200,
      headers: {
        'x-ipfs-path': `${at}/`,
        'x-ipfs-roots': `${ROOT1},${ROOT2},${ROOT3}`,
        etag: new RegExp(`DirIndex-.*_CID-${ROOT3}`),
        'cache-control': 'public, max-age=604800, stale-while-revalidate=2678400'
      }
    })
    checkReply(t, 'index.html', await ask(`${at}/root4/`), {
      status: 200,
      headers: {
        'cache-control': IMMUTABLE,
        'x-ipfs-path': `${at}/root4/`,
        'x-ipfs-roots': `${ROOT1},${ROOT2},${ROOT3},${ROOT4}`,
        etag: `"${ROOT4}"`
      },
      body: 'hello\n'
    })
    checkReply(t, 'a file', await ask(`${at}/root4/index.html`), {
      status: 200,
      headers: {
        'cache-control': IMMUTABLE,
        'x-ipfs-path': `${at}/root4/index.html`,
        'x-ipfs-roots': `${ROOT1},${ROOT2},${ROOT3},${ROOT4},${FILE}`,
        etag: `"${FILE}"`,
        'content-type': 'text/html; charset=utf-8',
        'content-length': '6'
      }
    })
    checkReply(t, 'as JSON it is what it is', await ask(`${at}/root4/?format=json`), {
      status: 200,
      headers: { 'cache-control': IMMUTABLE }
    })
    const cached = { headers: { 'cache-control': 'only-if-cached' } }
    for (const method of ['GET', 'HEAD']) {
      checkReply(t, `${method} what is here`, await ask(`${at}/root4/?format=json`, { ...cached, method }), { status: 200 }) // prettier-ignore
      const missing = await ask('/ipfs/QmYzfKSE55XCjD1MW128RfciAf2DViABhEiXfgVFMabSjN', { ...cached, method }) // prettier-ignore
      checkReply(t, `${method} what is not`, missing, { status: 412 })
    }
  })

  t.test('conditions', async (t) => {
    const index = `/ipfs/${ROOT1}/root2/root3/root4/index.html`
    const folder = `/ipfs/${ROOT1}/root2/root3/`
    const { etag } = (await ask(folder)).headers
    const known: [string, string, string][] = [
      ['a file', index, `"${FILE}"`],
      ['a folder with an index', `/ipfs/${ROOT1}/root2/root3/root4/`, `"${ROOT4}"`],
      ['the third of a list', index, `"fakeEtag1", "fakeEtag2", "${FILE}"`],
      ['a weak tag', index, `W/"${FILE}"`],
      ['any', index, '*'],
      ['a page by its CID', folder, `W/"${ROOT3}"`],
      ['a page by its tag', folder, etag!],
      ['a page by its weak tag', folder, `W/${etag}`]
    ]
    for (const [name, path, tag] of known)
      checkReply(t, name, await ask(path, { headers: { 'if-none-match': tag } }), {
        status: 304,
        body: ''
      })
    checkReply(t, 'another', await ask(index, { headers: { 'if-none-match': `"${ROOT4}"` } }), {
      status: 200
    })
  })

  t.test('ranges', async (t) => {
    const file = '/ipfs/bafybeihchr7vmgjaasntayyatmp5sv6xza57iy2h4xj7g46bpjij6yhrmy/ascii.txt'
    const whole = (await ask(file)).body
    const ranged = (path: string, range: string, more = {}) =>
      ask(path, { headers: { range, ...more } })
    checkReply(t, 'in the middle', await ranged(file, 'bytes=6-16'), {
      status: 206,
      headers: {
        'content-type': /text\/plain/,
        'content-range': 'bytes 6-16/31',
        'accept-ranges': 'bytes'
      },
      body: whole.subarray(6, 17)
    })
    checkReply(t, 'at the end', await ranged(file, 'bytes=-3'), {
      status: 206,
      headers: { 'content-range': 'bytes 28-30/31' },
      body: whole.subarray(28)
    })
    checkReply(t, 'of several the first', await ranged(file, 'bytes=6-16,0-4'), {
      status: 206,
      headers: { 'content-type': /text\/plain/, 'content-range': 'bytes 6-16/31' },
      body: whole.subarray(6, 17)
    })
    checkReply(t, 'behind the end', await ranged(file, 'bytes=31-'), {
      status: 416,
      headers: { 'content-range': 'bytes */31' }
    })
    checkReply(t, 'of another file', await ranged(file, 'bytes=0-1', { 'if-range': '"other"' }), {
      status: 200,
      body: whole
    })
    // Of this file the block in the middle is nowhere.
    const holed = '/ipfs/QmYhmPjhFjYFyaoiuNzYv8WGavpSRDwdHWe5B4M5du5Rtk'
    checkReply(t, 'before what is missing', await ranged(holed, 'bytes=997-1000'), {
      status: 206,
      headers: { 'content-type': /text\/plain/, 'content-range': 'bytes 997-1000/3072' }
    })
    checkReply(t, 'behind what is missing', await ranged(holed, 'bytes=2200-2201'), {
      status: 206,
      headers: { 'content-type': /text\/plain/, 'content-range': 'bytes 2200-2201/3072' }
    })
    checkReply(t, 'what is missing', await ranged(holed, 'bytes=1024-1025'), { status: 404 })
  })

  t.test('symlinks, odd names, pages of other origins', async (t) => {
    const links = '/ipfs/QmWvY6FaqFMS89YAQ9NAPjVP4WZKA1qbHbicc9HeSKQTgt'
    checkReply(t, 'listed', await ask(`${links}/`), { has: ['>foo<', '>bar<'] })
    checkReply(t, 'raw', await ask(`${links}?format=raw`), { status: 200 })
    checkReply(t, 'a symlink is its target', await ask(`${links}/bar`), {
      status: 200,
      body: 'foo'
    })
    const encoded = '/ipfs/bafybeig675grnxcmshiuzdaz2xalm6ef4thxxds6o6ypakpghm5kghpc34'
    const uri =
      'ipfs://bafybeig675grnxcmshiuzdaz2xalm6ef4thxxds6o6ypakpghm5kghpc34/Portugal%252C%2BEspa%C3%B1a%3DPeninsula%20Ib%C3%A9rica.txt'
    for (const name of [
      'Portugal%252C+Espa%C3%B1a=Peninsula%20Ib%C3%A9rica.txt',
      'Portugal%252C%2bEspa%c3%b1a%3dPeninsula%20Ib%c3%a9rica%2etxt'
    ])
      checkReply(t, name, await ask(`${encoded}/${name}`), {
        status: 200,
        headers: { 'ipfs-uri': uri, 'x-ipfs-path': undefined },
        body: 'hello from a percent encoded filename\n'
      })
    checkReply(t, 'dots and slashes', await ask(`/ipfs/${ROOT1}/root2%2Fx%2F..%2Froot3/`), {
      status: 200,
      headers: { 'ipfs-uri': `ipfs://${ROOT1}/root2/root3/` }
    })
    for (const method of ['GET', 'OPTIONS']) {
      const { headers, lines } = await ask('/ipfs/bafkqabtimvwgy3yk/', { method })
      t.equal(headers['access-control-allow-origin'], '*')
      const values = (name: string): string[] =>
        lines.flatMap((line, i) =>
          i % 2 === 0 && line.toLowerCase() === name ? [lines[i + 1]!] : []
        )
      t.same(values('access-control-allow-methods'), ['GET', 'HEAD', 'OPTIONS'])
      for (const name of [
        'Content-Range',
        'Content-Length',
        'X-Ipfs-Roots',
        'X-Chunked-Output',
        'X-Stream-Output'
      ])
        t.ok(values('access-control-expose-headers').includes(name), name)
    }
  })

  t.test('names of downloads, and what is refused', async (t) => {
    const file = `/ipfs/${FILE}`
    checkReply(t, 'a name', await ask(`${file}?filename=test%D1%82.html`), {
      headers: {
        'content-disposition': `inline; filename="test_.html"; filename*=UTF-8''test%D1%82.html`,
        'content-type': 'text/html; charset=utf-8'
      }
    })
    checkReply(t, 'a download', await ask(`${file}?download=true&filename=x.txt`), {
      headers: { 'content-disposition': 'attachment; filename="x.txt"' }
    })
    checkReply(t, 'no CID', await ask('/ipfs/QmInvalidCID'), {
      status: 400,
      has: ['invalid path "/ipfs/QmInvalidCID"']
    })
    checkReply(t, 'no encoding', await ask('/ipfs/%zz'), { status: 400 })
    checkReply(t, 'no format', await ask(`${file}?format=nonsense`), { status: 400 })
    checkReply(t, 'another method', await ask(file, { method: 'POST' }), { status: 405 })
    checkReply(t, 'a missing root', await ask('/ipfs/QmYzfKSE55XCjD1MW128RfciAf2DViABhEiXfgVFMabSjN'), { status: 404 }) // prettier-ignore
    checkReply(t, 'a service worker for all', await ask(`/ipfs/${LISTED}`, { headers: { 'service-worker': 'script' } }), { status: 400 }) // prettier-ignore
    const head = await ask(file, { method: 'HEAD' })
    checkReply(t, 'HEAD', head, { status: 200, headers: { 'content-length': '6' }, body: '' })
  })
})
