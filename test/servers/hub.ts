/**
 * A fixture of the Hugging Face Hub with one dataset, made from its published API: commits, trees by
 * pages, and an LFS store on another host, which is never told the token.
 */
import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Test } from 'tap'
import { httpServer } from './http.js'
import { bodyOf, sendRange } from './ranged-body.js'

interface HubFile {
  readonly bytes: Buffer
  readonly oid: string
  readonly isLfs: boolean
}

export interface HubServer {
  readonly url: string
  readonly files: Map<string, HubFile>
  /** Contents of the LFS store by their hashes. */
  readonly objects: Map<string, Buffer>
  commits: number
  /** The number of commits that are refused because another came first. */
  races: number
  /** The number of uploads to the store whose links are too old. */
  expired: number
  /** Requests that the store got with a token. */
  leaks: number
  /** Answers instead of the hub, where it says so. */
  intercept: (request: IncomingMessage, response: ServerResponse) => boolean
}

const PAGE = 3
const PART = 1 << 20
const API = '/api/datasets/me/archive'
const BASE = '/datasets/me/archive'

type Json = Readonly<Record<string, unknown>>

export async function hubServer(t: Test, token: string): Promise<HubServer> {
  const server: HubServer = {
    url: '',
    files: new Map(),
    objects: new Map(),
    commits: 1,
    races: 0,
    expired: 0,
    leaks: 0,
    intercept: () => false
  }
  const parts = new Map<string, Buffer>()
  const store = await httpServer(t, (request, response) => {
    if (request.headers.authorization !== undefined) server.leaks++
    if (request.method === 'PUT' && server.expired > 0) {
      server.expired--
      return refuse(response, 403)
    }
    void serveStore(server, parts, request, response)
  })
  const hub = await httpServer(t, (request, response) => {
    if (server.intercept(request, response)) return
    if (request.headers.authorization !== `Bearer ${token}`)
      return refuse(response, 401, 'RepoNotFound')
    void serveHub(server, { store, parts }, request, response)
  })
  return Object.assign(server, { url: hub })
}

const refuse = (response: ServerResponse, status: number, code?: string): void =>
  void response
    .writeHead(status, code === undefined ? {} : { 'x-error-code': code })
    .end(JSON.stringify({ error: code ?? 'refused' }))

async function serveStore(
  { objects }: HubServer,
  parts: Map<string, Buffer>,
  request: IncomingMessage,
  response: ServerResponse
): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://x')
  const [, what, oid = '', part] = pathname.split('/')
  if (what === 'get') return sendRange(request, response, objects.get(oid) ?? Buffer.alloc(0))
  if (request.headers['content-length'] === undefined) return refuse(response, 411)
  const bytes = await bodyOf(request).catch(() => undefined)
  if (bytes === undefined) return
  if (what === 'part') parts.set(`${oid}/${part}`, bytes)
  else if (hashOf(bytes) === oid) objects.set(oid, bytes)
  else return refuse(response, 400)
  response.writeHead(200, { etag: `"${hashOf(bytes)}"` }).end()
}

const hashOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

interface Store {
  readonly store: string
  readonly parts: Map<string, Buffer>
}

async function serveHub(
  server: HubServer,
  { store, parts }: Store,
  request: IncomingMessage,
  response: ServerResponse
): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://x')
  const path = decodeURIComponent(pathname)
  const body = (await bodyOf(request)).toString()
  const json = (value: unknown): void => void response.end(JSON.stringify(value))
  const asked = (): Json => JSON.parse(body) as Json
  if (path === `${API}/revision/main`)
    return json({ sha: hashOf(Buffer.from(`${server.commits}`)) })
  if (path.startsWith(`${API}/tree/main`))
    return serveTree(
      server,
      path.slice(`${API}/tree/main/`.length),
      searchParams,
      request,
      response
    )
  if (path === `${API}/paths-info/main`)
    return json((asked().paths as string[]).flatMap((name) => infoOf(server, name)))
  if (path.startsWith(`${BASE}/resolve/main/`)) {
    const file = server.files.get(path.slice(`${BASE}/resolve/main/`.length))
    if (file === undefined) return refuse(response, 404, 'EntryNotFound')
    if (!file.isLfs) return sendRange(request, response, file.bytes)
    return void response.writeHead(302, { location: `${store}/get/${file.oid}?signature=x` }).end()
  }
  if (path === `${API}/preupload/main`)
    return json({
      files: (asked().files as { path: string; size: number }[]).map(({ path, size }) => ({
        path,
        uploadMode: size > 64_000 ? 'lfs' : 'regular',
        shouldIgnore: false
      }))
    })
  if (path === `${BASE}.git/info/lfs/objects/batch`) {
    const [object] = asked().objects as [{ oid: string; size: number }]
    return json({ objects: [{ ...object, ...actionsOf(server, store, object) }] })
  }
  if (path.startsWith('/complete/')) {
    const { oid, parts: sent } = asked() as { oid: string; parts: { partNumber: number; etag: string }[] } // prettier-ignore
    const bytes = Buffer.concat(sent.map(({ partNumber }) => parts.get(`${oid}/${partNumber}`)!))
    if (hashOf(bytes) !== oid) return refuse(response, 400)
    server.objects.set(oid, bytes)
    return json({})
  }
  if (path === '/verify') return server.objects.has(String(asked().oid)) ? json({}) : refuse(response, 404) // prettier-ignore
  if (path === `${API}/commit/main`) return serveCommit(server, body, response)
  refuse(response, 404, 'RepoNotFound')
}

function actionsOf(
  server: HubServer,
  store: string,
  { oid, size }: { oid: string; size: number }
): Json {
  // prettier-ignore
  if (server.objects.has(oid)) return {}
  const verify = { href: `${server.url}/verify`, header: {} }
  if (size <= PART) return { actions: { upload: { href: `${store}/put/${oid}`, header: { 'x-signed': 'yes' } }, verify } } // prettier-ignore
  const links = Array.from({ length: Math.ceil(size / PART) }, (_, i) => [
    String(i + 1).padStart(5, '0'),
    `${store}/part/${oid}/${i + 1}`
  ])
  const header = { chunk_size: String(PART), ...Object.fromEntries(links) }
  return { actions: { upload: { href: `${server.url}/complete/${oid}`, header }, verify } }
}

function infoOf({ files }: HubServer, name: string): Json[] {
  const file = files.get(name)
  if (file !== undefined) {
    const { oid, bytes, isLfs } = file
    const lfs = isLfs ? { lfs: { oid, size: bytes.length, pointerSize: 130 } } : {}
    return [{ type: 'file', path: name, oid: oid.slice(0, 40), size: bytes.length, ...lfs }]
  }
  const isFolder = [...files.keys()].some((one) => one.startsWith(`${name}/`))
  return isFolder ? [{ type: 'directory', path: name, oid: '0'.repeat(40), size: 0 }] : []
}

function serveTree(
  server: HubServer,
  folder: string,
  query: URLSearchParams,
  request: IncomingMessage,
  response: ServerResponse
): void {
  const prefix = folder === '' ? '' : `${folder}/`
  const below = [...server.files.keys()].filter((name) => name.startsWith(prefix))
  if (below.length === 0 && folder !== '') return refuse(response, 404, 'EntryNotFound')
  const names = [...new Set(below.map((name) => prefix + name.slice(prefix.length).split('/')[0]!))]
  const from = Number(query.get('cursor') ?? '0')
  if (from + PAGE < names.length) {
    const next = new URL(`${server.url}${request.url}`)
    next.searchParams.set('cursor', String(from + PAGE))
    response.setHeader('link', `<${next.href}>; rel="next"`)
  }
  const page = names.slice(from, from + PAGE)
  response.end(JSON.stringify(page.flatMap((name) => infoOf(server, name))))
}

function serveCommit(server: HubServer, body: string, response: ServerResponse): void {
  if (server.races > 0) {
    server.races--
    return refuse(response, 412)
  }
  const lines = body.trim().split('\n').map((line) => JSON.parse(line) as { key: string; value: Record<string, string> }) // prettier-ignore
  if (lines[0]?.key !== 'header' || lines[0].value.summary === '') return refuse(response, 400)
  for (const { key, value } of lines.slice(1)) {
    const path = value.path!
    if (key === 'deletedFile') server.files.delete(path)
    const bytes =
      key === 'file' ? Buffer.from(value.content!, 'base64') : server.objects.get(value.oid ?? '')
    if (key !== 'deletedFile' && bytes === undefined) return refuse(response, 400)
    if (bytes !== undefined)
      server.files.set(path, { bytes, oid: hashOf(bytes), isLfs: key === 'lfsFile' })
  }
  server.commits++
  response.end(JSON.stringify({ success: true, commitOid: String(server.commits) }))
}
