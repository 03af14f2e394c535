/** Content over HTTP for programs of this machine: folders and nodes as JSON, adding, pins. */
import { isAbsolute } from 'node:path'
import { KitError } from '../core/errors.js'
import { snakeCased } from '../core/snake-case.js'
import { add, type AddSource } from '../operations/add.js'
import { ls } from '../operations/ls.js'
import { nodeAt, type NodeAt } from '../operations/node-at.js'
import { pinAdd } from '../operations/pin-add.js'
import { pinRemove } from '../operations/pin-remove.js'
import type { Run } from '../operations/run.js'
import type { Services } from '../operations/services.js'
import { sendJson, type HttpCall, type HttpRoute } from '../http/http-call.js'

const LISTING = '/kit/ls'
const NODE = '/kit/stat'

/** @param profile by which files are added. */
export function contentRoutes(services: Services, profile: () => string): HttpRoute[] {
  const list = async (call: HttpCall): Promise<void> => {
    const path = decoded(call.path.slice(LISTING.length))
    const [node, { entries }] = await Promise.all([
      nodeAt(services, { path }, runOf(call)),
      ls(services, { path }, runOf(call))
    ])
    sendJson(call, { ...jsonOf(node), entries: snakeCased(entries) })
  }
  const tell = async (call: HttpCall): Promise<void> => {
    const path = decoded(call.path.slice(NODE.length))
    sendJson(call, jsonOf(await nodeAt(services, { path }, runOf(call))))
  }
  return [
    { methods: ['GET'], path: `${LISTING}/ipfs/`, answer: list },
    { methods: ['GET'], path: `${NODE}/ipfs/`, answer: tell },
    { methods: ['POST'], path: '/kit/add', answer: (call) => receive(services, profile(), call) },
    { methods: ['POST', 'DELETE'], path: '/kit/pins', answer: (call) => changePin(services, call) }
  ]
}

const runOf = ({ signal }: HttpCall): Run => ({
  signal,
  progress: () => undefined,
  warn: () => undefined
})

const jsonOf = ({ cid, type, size, mtime }: NodeAt) => ({
  cid,
  type,
  size,
  mtime: mtime === undefined ? null : mtime.sec + mtime.nsec / 1e9
})

/** @throws INVALID_ARGUMENT for a path that is not encoded rightly. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch (cause) {
    throw new KitError('INVALID_ARGUMENT', `${path} is not encoded as a URL is`, { cause })
  }
}

/** Adds the body of a request, or a file or folder of this machine by its path. */
async function receive(services: Services, profile: string, call: HttpCall): Promise<void> {
  const { request, query } = call
  const path = query.get('path')
  if (path !== null && !isAbsolute(path))
    throw new KitError('INVALID_ARGUMENT', `"${path}" must be an absolute path`)
  const source: AddSource = path ?? { name: query.get('name') ?? 'file', stream: request }
  const options = { profile, pin: query.get('pin') !== 'false', hidden: true }
  const { roots } = await add(services, { sources: [source], ...options }, runOf(call))
  sendJson(call, snakeCased(roots[0]))
}

async function changePin(services: Services, call: HttpCall): Promise<void> {
  const { request, query } = call
  const cids = query.getAll('cid')
  if (cids.length === 0) throw new KitError('INVALID_ARGUMENT', 'name a CID: /kit/pins?cid=…')
  const name = query.get('name') ?? undefined
  sendJson(
    call,
    request.method === 'DELETE'
      ? await pinRemove(services, { cids }, runOf(call))
      : await pinAdd(services, { paths: cids, name }, runOf(call))
  )
}
