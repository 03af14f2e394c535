/**
 * A fixture of GitHub's REST API for the releases of one repository, made from the published API.
 * Contents lie on another host, which is never told the token.
 */
import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Test } from 'tap'
import { httpServer } from './http.js'
import { bodyOf, sendRange } from './ranged-body.js'

interface StoredAsset {
  id: number
  name: string
  size: number
  state: string
  created_at: string
}

export interface GithubApi {
  readonly url: string
  readonly assets: Map<number, StoredAsset>
  readonly contents: Map<number, Buffer>
  hasRelease: boolean
  /** Pages of assets that were sent, and those that were the same as before. */
  pages: number
  same: number
  /** Requests that the store got with a token. */
  leaks: number
  /** Answers instead of the API, where it says so. */
  intercept: (request: IncomingMessage, response: ServerResponse) => boolean
}

const REPO = '/api/v3/repos/me/archive'
const UPLOADS = '/api/uploads/repos/me/archive/releases/7/assets'

export async function githubApi(t: Test, token: string): Promise<GithubApi> {
  const server: GithubApi = {
    url: '',
    assets: new Map(),
    contents: new Map(),
    hasRelease: false,
    pages: 0,
    same: 0,
    leaks: 0,
    intercept: () => false
  }
  const store = await httpServer(t, (request, response) => {
    if (request.headers.authorization !== undefined) server.leaks++
    sendRange(request, response, server.contents.get(Number.parseInt(request.url!.slice(1), 10)) ?? Buffer.alloc(0)) // prettier-ignore
  })
  const base = await httpServer(t, (request, response) => {
    if (server.intercept(request, response)) return
    if (request.headers['user-agent'] === undefined) return refuse(response, 403)
    if (request.headers.authorization !== `Bearer ${token}`) return refuse(response, 401)
    void serve(server, { store, base }, request, response)
  })
  return Object.assign(server, { url: `${base}/api/v3` })
}

const refuse = (response: ServerResponse, status: number, message = 'refused'): void =>
  void response.writeHead(status).end(JSON.stringify({ message }))

async function serve(
  server: GithubApi,
  { store, base }: { readonly store: string; readonly base: string },
  request: IncomingMessage,
  response: ServerResponse
): Promise<void> {
  const { method = 'GET' } = request
  const url = new URL(request.url ?? '/', base)
  const { pathname } = url
  const json = (status: number, value: unknown): void =>
    void response.writeHead(status).end(JSON.stringify(value))
  const release = { id: 7, upload_url: `${base}${UPLOADS}{?name,label}`, tag_name: 'ipfs-kit' }
  if (pathname === UPLOADS) return await upload(server, url, request, response)
  if (pathname === REPO) return json(200, { full_name: 'me/archive' })
  if (pathname === `${REPO}/releases/tags/ipfs-kit`)
    return server.hasRelease ? json(200, release) : refuse(response, 404)
  if (pathname === `${REPO}/releases` && method === 'POST') {
    if (server.hasRelease) return refuse(response, 422, 'already_exists')
    server.hasRelease = true
    return json(201, release)
  }
  if (pathname === `${REPO}/releases/7/assets`) return sendPage(server, url, request, response)
  const id = Number(/\/releases\/assets\/(\d+)$/.exec(pathname)?.[1] ?? Number.NaN)
  const asset = server.assets.get(id)
  if (asset === undefined) return refuse(response, 404)
  if (method === 'DELETE') {
    server.assets.delete(id)
    return void response.writeHead(204).end()
  }
  if (method === 'PATCH') {
    const { name } = JSON.parse((await bodyOf(request)).toString()) as { name: string }
    if (isTaken(server, name)) return refuse(response, 422, 'already_exists')
    asset.name = changedName(name)
    return json(200, asset)
  }
  response.writeHead(302, { location: `${store}/${id}?signature=x` }).end()
}

const isTaken = ({ assets }: GithubApi, name: string): boolean =>
  [...assets.values()].some((one) => one.name === name)

/** GitHub changes what it does not like in a name. */
const changedName = (name: string): string =>
  name.replaceAll(/[^A-Za-z0-9._-]/g, '.').replace(/^\./, 'default.')

let lastId = 100

async function upload(
  server: GithubApi,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse
): Promise<void> {
  const name = url.searchParams.get('name') ?? ''
  if (request.headers['content-length'] === undefined) return refuse(response, 411)
  if (isTaken(server, name)) return refuse(response, 422, 'already_exists')
  const id = ++lastId
  const asset = { id, name: changedName(name), size: 0, state: 'starter', created_at: new Date().toISOString() } // prettier-ignore
  server.assets.set(id, asset)
  const bytes = await bodyOf(request).catch(() => undefined)
  if (bytes === undefined) return
  if (bytes.length === 0) return refuse(response, 422, 'size must be greater than 0')
  server.contents.set(id, bytes)
  Object.assign(asset, { size: bytes.length, state: 'uploaded' })
  response.writeHead(201).end(JSON.stringify(asset))
}

function sendPage(
  server: GithubApi,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse
): void {
  const page = Number(url.searchParams.get('page') ?? '1')
  const size = Number(url.searchParams.get('per_page') ?? '30')
  const all = [...server.assets.values()]
  const text = JSON.stringify(all.slice((page - 1) * size, page * size))
  const etag = `"${createHash('sha256').update(text).digest('hex')}"`
  if (request.headers['if-none-match'] === etag) {
    server.same++
    return void response.writeHead(304).end()
  }
  server.pages++
  if (page * size < all.length) {
    url.searchParams.set('page', String(page + 1))
    response.setHeader('link', `<${url.href}>; rel="next", <${url.href}>; rel="last"`)
  }
  response.writeHead(200, { etag }).end(text)
}
