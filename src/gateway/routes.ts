/** The gateway: content over HTTP as browsers, Kubo and other homes read it. */
import type { Cid } from '../core/cid.js'
import { isKitError, KitError } from '../core/errors.js'
import type { HttpCall, HttpRoute } from '../http/http-call.js'
import { parseIpnsName } from '../names/ipns-name.js'
import type { Run } from '../operations/run.js'
import type { Services } from '../operations/services.js'
import { sendAnswer, type Answer } from './answer.js'
import { contentAnswer } from './content-answer.js'
import { rootCid, type ContentPath } from './content-path.js'
import { HttpError, sendFailure, tellFailure } from './failures.js'
import { askedFormat } from './formats.js'
import type { Asked, Gateway, GatewayOptions } from './gateway.js'
import { OPEN_TO_ALL } from './headers.js'
import { ipnsRecordAnswer, noRecord } from './ipns-record-answer.js'
import { KnownAnswers } from './known-answers.js'
import { locate, type Located } from './locate.js'

/**
 * Returns the routes of content: by path, and for every other path by the host of the request. They belong
 * behind all others.
 */
export function gatewayRoutes(services: Services, options: GatewayOptions): HttpRoute[] {
  const gateway: Gateway = { ...options, services, known: new KnownAnswers(options) }
  const route = {
    methods: ['GET', 'HEAD', 'OPTIONS'],
    answer: (call: HttpCall) => answer(gateway, call),
    ...(options.isPublic ? { tell: tellFailure } : {})
  }
  return [
    { ...route, path: '/ipfs/' },
    { ...route, path: '/ipns/' },
    { ...route, path: '/' }
  ]
}

async function answer(gateway: Gateway, call: HttpCall): Promise<void> {
  const { request, response } = call
  if (request.method === 'OPTIONS') return void response.writeHead(204, OPEN_TO_ALL).end()
  try {
    if (gateway.known.answer(call)) return
    const located = await locate(gateway, call)
    if ('location' in located) return redirect(call, located.status, located.location)
    await answerAt(gateway, call, located)
  } catch (error) {
    if (!(error instanceof HttpError)) throw error
    sendFailure(call, error.status, error.message)
  }
}

function redirect({ response }: HttpCall, status: number, location: string): void {
  response.writeHead(status, { ...OPEN_TO_ALL, location, 'content-length': 0 }).end()
}

async function answerAt(gateway: Gateway, call: HttpCall, { site, path }: Located): Promise<void> {
  const { headers } = call.request
  if (headers['service-worker'] === 'script' && path.names.length === 0 && !path.isFolder && site.kind === 'path')
    throw new KitError('INVALID_ARGUMENT', 'a service worker for all content of a gateway is refused; its scope must end in a slash') // prettier-ignore
  const format = askedFormat(call.query.get('format'), headers.accept)
  if (format.format === 'ipns-record')
    return await sendAnswer(call, await ipnsRecordAnswer(call, path, gateway.names))
  const isCachedOnly = /(^|,)\s*only-if-cached\s*(,|$)/i.test(headers['cache-control'] ?? '')
  const { root, ttlMs } = await rootOf(gateway, call, path)
  const run = runOf(call)
  const view = await gateway.services.openContent(gateway.fetch && !isCachedOnly, run)
  try {
    const { opened, isPublic } = gateway
    const asked: Asked = {
      call,
      view,
      run,
      site,
      path,
      root,
      ttlMs,
      format,
      opened,
      isSandboxed: !isPublic
    }
    const answer = await answered(asked, isCachedOnly)
    if (ttlMs === undefined) gateway.known.note(call, answer)
    await sendAnswer(call, answer)
  } finally {
    await view.close()
  }
}

const nothing = (): void => undefined

/** The signal is made when somebody waits for something: what is here is sent at once. */
const runOf = (call: HttpCall): Run => ({
  get signal() {
    return call.signal
  },
  progress: nothing,
  warn: nothing
})

async function answered(asked: Asked, isCachedOnly: boolean): Promise<Answer> {
  try {
    return await contentAnswer(asked)
  } catch (error) {
    if (!isCachedOnly || !isKitError(error, 'BLOCK_NOT_FOUND')) throw error
    throw new HttpError(
      412,
      `not here, and only-if-cached keeps it from being fetched: ${error.message}`
    )
  }
}

async function rootOf(
  { names }: Gateway,
  { signal }: HttpCall,
  path: ContentPath
): Promise<{ readonly root: Cid; readonly ttlMs: number | undefined }> {
  if (path.namespace === 'ipfs') return { root: rootCid(path), ttlMs: undefined }
  const found = await names.resolve(path.root, signal)
  if (found !== undefined) return { root: found.cid, ttlMs: found.ttlMs }
  const key = parseIpnsName(path.root)
  if (key !== undefined) throw noRecord(key.text)
  throw new KitError('PATH_NOT_FOUND', `/ipns/${path.root} leads nowhere: it is no key, and no domain with a DNSLink that is known here`) // prettier-ignore
}
