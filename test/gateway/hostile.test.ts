/** Hostile content and clients: names that are HTML, hosts, redirects to elsewhere, folders of any size. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { PAGE_ENTRIES } from '../../src/gateway/directory-page.js'
import { Kit } from '../support/cli.js'
import { checkReply, serveGateway } from '../support/gateway.js'
import { tempFolder } from '../support/temp.js'

t.setTimeout(120_000)

t.test('hostile content', async (t) => {
  const folder = tempFolder(t, 'hostile')
  const kit = new Kit(join(folder, 'home'))
  const site = join(folder, 'site')
  const names = [
    '<script>alert(1)<',
    '"onmouseover="alert(1)',
    "'><img src=x>",
    '\u202egpj.exe',
    'a&b',
    'line\nbreak',
    'javascript:alert(1)'
  ]
  mkdirSync(join(site, 'sub', '<b>'), { recursive: true })
  for (const name of names) writeFileSync(join(site, name.replaceAll('/', '')), 'x')
  writeFileSync(join(site, 'page.html'), '<script>1</script>')
  const cid = await kit.add(site)
  const many = join(folder, 'many')
  mkdirSync(many)
  for (let i = 0; i < PAGE_ENTRIES + 3; i++) writeFileSync(join(many, `${i}`), '')
  const manyCid = await kit.add(many)
  const gateway = await serveGateway(t, kit)
  const { ask } = gateway

  t.test('threats 119: a file name is never HTML', async (t) => {
    const page = await ask(`/ipfs/${cid}/`)
    checkReply(t, 'page', page, {
      status: 200,
      headers: {
        'content-security-policy': /^default-src 'none'; style-src 'unsafe-inline'/,
        'x-content-type-options': 'nosniff'
      },
      has: ['&lt;script&gt;alert(1)&lt;', '&quot;onmouseover=&quot;alert(1)', 'a&amp;b'],
      lacks: ['<script', '<img', '"onmouseover="', '\u202e', 'href="javascript:']
    })
    const hrefs = [...page.body.toString().matchAll(/href="([^"]*)"/g)].map(([, href]) => href!)
    for (const href of hrefs) t.match(href, /^\/ipfs\/[\w%./?=~-]+$/, href)
    checkReply(t, 'below', await ask(`/ipfs/${cid}/sub/%3Cb%3E/`), {
      has: ['&lt;b&gt;'],
      lacks: ['<b>']
    })
    checkReply(t, 'an error', await ask(`/ipfs/${cid}/%3Cscript%3E`), {
      status: 404,
      headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' }
    })
  })

  t.test('threats 120: nobody is sent elsewhere', async (t) => {
    const { location } = (await ask(`/ipfs/${cid}`, { host: 'localhost' })).headers
    const { host } = new URL(location!)
    for (const path of [
      '//evil.example.org/..',
      '//evil.example.org/%2e%2e',
      '/%2f%2fevil.example.org%2f..',
      '/sub'
    ])
      t.match((await ask(path, { host })).headers.location ?? '/', /^\/(?!\/)/, path)
    for (const uri of ['https://evil.example.org', 'ipfs:evil', 'javascript:alert(1)'])
      checkReply(t, uri, await ask(`/ipfs/?uri=${encodeURIComponent(uri)}`), { status: 400 })
    const split = await ask(`/ipfs/?uri=${encodeURIComponent('ipfs://x\r\nset-cookie: a=b')}`)
    t.equal(split.headers['set-cookie'], undefined)
    const forwarded = await ask(`/ipfs/${cid}`, {
      headers: { 'x-forwarded-host': 'evil.example.org' }
    })
    t.equal(forwarded.headers.location, `/ipfs/${cid}/`)
  })

  t.test('paths stay below their root', async (t) => {
    for (const path of [
      '/..',
      '/../../etc/passwd',
      '/%2e%2e/%2e%2e/etc/passwd',
      '/sub/..%2f..%2f..'
    ])
      checkReply(t, path, await ask(`/ipfs/${cid}${path}`), { status: 400 })
  })

  t.test('a large folder comes in pages', async (t) => {
    const first = await ask(`/ipfs/${manyCid}/`)
    checkReply(t, 'the first', first, {
      status: 200,
      has: ['?page=2', `${PAGE_ENTRIES + 3} entries`]
    })
    const second = await ask(`/ipfs/${manyCid}/?page=2`)
    checkReply(t, 'the second', second, { status: 200, has: ['?page=1'], lacks: ['?page=3'] })
    t.equal(second.body.toString().match(/class="ipfs-hash"/g)?.length, 3)
    t.not(first.headers.etag, second.headers.etag)
    checkReply(t, 'no third', await ask(`/ipfs/${manyCid}/?page=3`), { status: 404 })
    checkReply(t, 'no page', await ask(`/ipfs/${manyCid}/?page=-1`), { status: 400 })
  })
})
