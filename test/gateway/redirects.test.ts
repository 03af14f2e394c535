/** Rules of `_redirects` (web-redirects-file specification). */
import t from 'tap'
import { parseRedirects, redirectionOf } from '../../src/gateway/redirects-file.js'
import { checkReply, conformanceGateway } from '../support/gateway.js'

t.setTimeout(60_000)

t.test('rules', async (t) => {
  const rules = parseRedirects(
    '# comment\r\n\r\n/home /index.html\n/a/:x/:y /b/:y/:x 302\n/docs/* https://x.org/:splat 307\n/* /404.html 404'
  )
  t.same(redirectionOf(rules, 'home'), { to: '/index.html', status: 301 })
  t.same(redirectionOf(rules, 'a/1/2'), { to: '/b/2/1', status: 302 })
  t.same(redirectionOf(rules, 'a/1/2/3'), { to: '/404.html', status: 404 })
  t.same(redirectionOf(rules, 'docs/x/y'), { to: 'https://x.org/x/y', status: 307 })
  t.same(redirectionOf(rules, 'docs'), { to: 'https://x.org/', status: 307 })
  t.same(redirectionOf(parseRedirects('/a /b'), 'x'), undefined)
  t.same(redirectionOf(parseRedirects('/:x //:x'.replace('//', '/')), 'a\r\nb'), {
    to: '/a%0D%0Ab',
    status: 301
  })
  for (const wrong of [
    'hello',
    '/a /b 301!',
    '/a /b 999',
    '/a /b 301 x',
    'a /b',
    '/a b',
    '/*/a /b',
    '/:a/:a /b'
  ])
    t.throws(() => parseRedirects(`/ok /ok\n${wrong}`), /line 2/, wrong)
})

const CIDS = {
  examples: 'QmYBhLYDwVFvxos9h8CGU2ibaY66QNgv8hpfewxaQrPiZj',
  forced: 'QmU7ysGXwAtiV7aBarZASJsxKoKyKmd9Xrz2FFamSCbg8S',
  large: 'QmQTfvjGmvTfxFpUcZNLdTLuKV227KJkGiN6xooHVeVZAS',
  newlines: 'QmYzMrtPyBv7LKiEAGLLRPtvqm3SjQYLWxwWQ2vnpxQwRd',
  good: 'QmWHn2TunA1g7gQ7q9rwAoWuot2hMpojZ6cZ9ERsNKm5gE',
  bad: 'QmcBcFnKKqgpCVMxxGsriw9ByTVF6uDdKDMuEBq3m6f1bm'
}
const IMMUTABLE = 'public, max-age=29030400, immutable'

t.test('websites redirect what they do not have', async (t) => {
  const { ask, port } = await conformanceGateway(t)
  for (const host of ['example.com', `localhost:${port}`]) {
    const on = async (cid: string, path: string) => {
      const { headers } = await ask(`/ipfs/${cid}`, { host })
      return await ask(path, { host: new URL(headers.location!).host })
    }
    const moved = (status: number, location: string) => ({ status, headers: { location } })
    const { examples, forced, large, newlines, good, bad } = CIDS
    checkReply(t, 'by default', await on(examples, '/redirect-one'), moved(301, '/one.html'))
    checkReply(t, '301', await on(examples, '/301-redirect-one'), moved(301, '/one.html'))
    checkReply(t, '302', await on(examples, '/302-redirect-two'), moved(302, '/two.html'))
    checkReply(t, '200', await on(examples, '/200-index'), { status: 200, has: ['my index'] })
    checkReply(t, 'placeholders', await on(examples, '/posts/2022/01/01/hello-world'), moved(301, '/articles/2022/01/01/hello-world')) // prettier-ignore
    checkReply(
      t,
      'the rest',
      await on(examples, '/splat/one.html'),
      moved(301, '/redirected-splat/one.html')
    )
    for (const [status, path, cid] of [
      [404, 'not-found', 'Qmd9GD7Bauh6N2ZLfNnYS3b7QVAijbud83b8GE8LPMNBBP'],
      [410, 'gone', 'QmSmR9NShZ89VEBrn9SBy7Xxvjw8Qe6XArD5GqtHvbtBM3'],
      [451, 'unavail', 'QmVQqj9oZig9tH3ENHo4bxV5pNgssUwFCXUjAJAVcZVbJG']
    ] as const)
      checkReply(t, String(status), await on(examples, `/${path}/has-no-redirects-entry`), {
        status,
        headers: { 'cache-control': IMMUTABLE, etag: `"${cid}"` },
        has: [`my ${status}`]
      })
    checkReply(t, 'all else', await on(examples, '/catch-all'), { status: 200, has: ['my index'] })
    checkReply(t, 'forced', await on(forced, '/not-found'), { status: 500, has: ['could not parse _redirects:', 'forced redirects (or "shadowing") are not supported'] }) // prettier-ignore
    checkReply(t, 'too large', await on(large, '/not-found'), { status: 500, has: ['could not parse _redirects:', 'redirects file size cannot exceed'] }) // prettier-ignore
    checkReply(t, 'ends of lines', await on(newlines, '/redirect-one'), moved(301, '/one.html'))
    checkReply(t, 'good codes', await on(good, '/a301'), moved(301, '/b301'))
    checkReply(t, 'bad codes', await on(bad, '/found.html'), { status: 200, has: ['my found'], lacks: ['unsupported redirect status'] }) // prettier-ignore
    checkReply(t, 'bad codes', await on(bad, '/missing'), { status: 500, has: ['line 1'] })
  }
  checkReply(t, 'not by path', await ask(`/ipfs/${CIDS.examples}/301-redirect-one`), {
    status: 404,
    lacks: ['my 404']
  })
  const site = { host: 'dnslink-enabled-on-fqdn.example.org' }
  checkReply(t, 'of a domain', await ask('/redirect-one', site), {
    status: 301,
    headers: { location: '/one.html' }
  })
  const missing = await ask('/not-found/has-no-redirects-entry', site)
  checkReply(t, 'of a domain, 404', missing, {
    status: 404,
    headers: {
      etag: '"Qmd9GD7Bauh6N2ZLfNnYS3b7QVAijbud83b8GE8LPMNBBP"',
      'cache-control': /^(?!.*immutable)/,
      date: /./
    },
    has: ['my 404']
  })
  checkReply(t, 'a single page', await ask('/any/route', { host: 'dnslink-enabled-with-spa.example.org' }), { status: 200, body: 'hello world\n' }) // prettier-ignore
})
