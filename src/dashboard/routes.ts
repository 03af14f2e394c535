/** The dashboard: a page, its scripts, and the sign-in of browsers. */
import { KitError } from '../core/errors.js'
import { sendJson, type HttpCall, type HttpRoute } from '../http/http-call.js'
import type { Sessions } from '../http/sessions.js'
import { PAGE, sendAsset } from './assets.js'

export function dashboardRoutes(sessions: Sessions): HttpRoute[] {
  return [
    {
      path: '/sign-in',
      methods: ['GET'],
      access: 'open',
      answer: (call) => signIn(sessions, call)
    },
    { path: '/dashboard', methods: ['GET', 'HEAD'], access: 'open', answer: toPage },
    { path: PAGE, methods: ['GET', 'HEAD'], access: 'open', answer: sendAsset },
    {
      path: '/dashboard/session',
      methods: ['GET', 'DELETE'],
      access: 'session',
      answer: (call) => session(sessions, call)
    }
  ]
}

/** Exchanges a code for a cookie. A browser that fetches pages ahead must not use the code up. */
async function signIn(sessions: Sessions, call: HttpCall): Promise<void> {
  const { request, response, query } = call
  if (String(request.headers['sec-purpose'] ?? '').includes('prefetch'))
    throw new KitError('ACCESS_DENIED', 'an address that signs a browser in is not fetched ahead')
  const cookie = sessions.begin(query.get('code') ?? '', request)
  if (cookie === undefined) return await sendAsset(call, 'signed-out.html', 401)
  response.writeHead(303, {
    location: PAGE,
    'set-cookie': cookie,
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer'
  })
  response.end()
}

async function toPage({ response }: HttpCall): Promise<void> {
  response.writeHead(303, { location: PAGE })
  response.end()
  return await Promise.resolve()
}

/** Tells what the browser may do, and lets its session last; or signs it out. Programs with the token may do everything. */
async function session(sessions: Sessions, call: HttpCall): Promise<void> {
  const { request, response } = call
  response.setHeader('cache-control', 'no-store')
  const cookie = request.method === 'DELETE' ? sessions.end(request) : sessions.renew(request)
  if (cookie !== undefined) response.setHeader('set-cookie', cookie)
  sendJson(call, { read_only: sessions.rightsOf(request)?.isReadOnly ?? false })
  return await Promise.resolve()
}
