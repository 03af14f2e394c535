/** A gateway over the fixtures of ipfs/gateway-conformance, in this process. */
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { request, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import type { Test } from 'tap'
import { gatewayNames } from '../../src/compose/gateway-names.js'
import { makeServices } from '../../src/compose/services.js'
import { loadConfig } from '../../src/config/config.js'
import type { GatewayOptions } from '../../src/gateway/gateway.js'
import { gatewayRoutes } from '../../src/gateway/routes.js'
import { localHttp } from '../../src/http/local-http.js'
import { isKitError } from '../../src/core/errors.js'
import { fetchChoiceFrom } from '../../src/operations/fetch-choice.js'
import { namePut, nameOfRecordFile } from '../../src/operations/name-put.js'
import { pinPolicyFrom } from '../../src/operations/pin-policy.js'
import type { Run } from '../../src/operations/run.js'
import type { Services } from '../../src/operations/services.js'
import { Kit } from './cli.js'
import { FIXTURES } from './paths.js'
import { tempFolder } from './temp.js'

const FOLDER = join(FIXTURES, 'gateway-conformance', 'all')

/** DNSLinks by which the fixtures are reached. */
const DNSLINKS = {
  'en.wikipedia-on-ipfs.example.org':
    '/ipfs/bafybeiaysi4s6lnjev27ln5icwm6tueaw2vdykrtjkwiphwekaywqhcjze',
  'dnslink-test.example.org': '/ipfs/bafkreicysg23kiwv34eg2d7qweipxwosdo2py4ldv42nbauguluen5v6am',
  'dnslink-over-ipns.example.org': '/ipns/12D3KooWLQzUv2FHWGVPXTXSZpdHs7oHbXub2G5WC8Tx4NQhyd2d',
  'dnslink-enabled-on-fqdn.example.org': '/ipfs/QmYBhLYDwVFvxos9h8CGU2ibaY66QNgv8hpfewxaQrPiZj',
  'dnslink-enabled-with-spa.example.org':
    '/ipfs/bafybeib5lboymwd6p2eo4qb2lkueaine577flvsjjeuevmp2nlio72xv5q',
  'dnslink-dir-listing.example.org':
    '/ipfs/bafybeig6ka5mlwkl4subqhaiatalkcleo4jgnr3hqwvpmsqfca27cijp3i',
  'dnslink-subpath.example.org':
    '/ipfs/bafybeib3ffl2teiqdncv3mkz4r23b5ctrwkzrrhctdbne6iboayxuxk5ui/root2'
}

export interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** Names and values as they were sent. */
  readonly lines: readonly string[]
  readonly body: Buffer
}

export interface Ask {
  readonly method?: string
  readonly headers?: Record<string, string>
  /** The host that the request names. */
  readonly host?: string
}

export interface TestGateway {
  readonly kit: Kit
  readonly port: number
  readonly ask: (path: string, asked?: Ask) => Promise<Reply>
}

/** @param t the server ends with it. */
export async function conformanceGateway(t: Pick<Test, 'teardown'>): Promise<TestGateway> {
  const kit = new Kit(join(tempFolder(t, 'gateway'), 'home'))
  await kit.ok('car', 'import', join(FOLDER, 'fixtures.car'))
  for (const name of readdirSync(FOLDER))
    if (name.endsWith('.ipns-record')) await putRecord(kit.home, join(FOLDER, name))
  return await serveGateway(t, kit)
}

/** Some of the records are bad on purpose, and refused. */
async function putRecord(home: string, path: string): Promise<void> {
  const request = { record: readFileSync(path), name: nameOfRecordFile(path)! }
  try {
    await namePut(servicesOf(home), request, run)
  } catch (error) {
    if (!isKitError(error, 'INTEGRITY')) throw error
  }
}

const run: Run = {
  signal: new AbortController().signal,
  progress: () => undefined,
  warn: () => undefined
}

function servicesOf(home: string): Services {
  const config = loadConfig(home)
  return makeServices(home, fetchChoiceFrom(config, {}), () => pinPolicyFrom(config))
}

/** @param changed what is other than usual. */
export async function serveGateway(
  t: Pick<Test, 'teardown'>,
  kit: Kit,
  changed: Partial<GatewayOptions> = {}
): Promise<TestGateway> {
  const { home } = kit
  process.env['IPFS_NS_MAP'] = Object.entries(DNSLINKS)
    .map(([name, path]) => `${name}:${path}`)
    .join(',')
  const services = servicesOf(home)
  const view = await services.openContent(false, run)
  t.teardown(() => view.close())
  const names = gatewayNames(home, view.content, undefined, { warn: () => undefined })
  const routes = gatewayRoutes(services, {
    fetch: false,
    names,
    domains: ['localhost', 'example.com'],
    isPublic: true,
    opened: () => undefined,
    readHere: (cid, into) => view.content.read(cid, 0, into, 0, into.length),
    ...changed
  })
  const server = localHttp(() => Promise.resolve(routes), {
    error: (what, error) => console.error(what, error)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return {
    kit,
    port,
    ask: async (path, { method = 'GET', headers = {}, host = `127.0.0.1:${port}` } = {}) => {
      const call = request({ host: '127.0.0.1', port, path, method, headers: { host, ...headers } })
      call.end()
      const [reply] = (await once(call, 'response')) as [IncomingMessage]
      const { statusCode, rawHeaders } = reply
      return {
        status: statusCode!,
        headers: reply.headers,
        lines: rawHeaders,
        body: await buffer(reply)
      }
    }
  }
}

/** What a reply must be. Texts of headers are whole values, or patterns; undefined for none. */
export interface Expected {
  readonly status?: number
  readonly headers?: Record<string, string | RegExp | undefined>
  readonly body?: string | Buffer
  readonly has?: readonly string[]
  readonly lacks?: readonly string[]
}

/** Compares a reply, each part as a check of its own. */
export function checkReply(t: Test, name: string, reply: Reply, expected: Expected): void {
  const { status, headers = {}, body, has = [], lacks = [] } = expected
  if (status !== undefined) t.equal(reply.status, status, `${name}: status`)
  for (const [key, value] of Object.entries(headers)) {
    const found = reply.headers[key]
    if (value instanceof RegExp) t.match(found, value, `${name}: ${key}`)
    else t.equal(found, value, `${name}: ${key}`)
  }
  if (body !== undefined) t.ok(reply.body.equals(Buffer.from(body)), `${name}: body`)
  const text = has.length + lacks.length === 0 ? '' : reply.body.toString()
  for (const part of has) t.ok(text.includes(part), `${name}: has ${part}`)
  for (const part of lacks) t.notOk(text.includes(part), `${name}: lacks ${part}`)
}
