/** What this node published of its index, for other nodes: the block that links to its partitions, and their bytes by range. */
import { KitError } from '../core/errors.js'
import { readPublished, type Published } from '../metadata/publication-file.js'
import { checkPublishes } from '../metadata/role.js'
import { cat } from '../operations/cat.js'
import { indexRole } from '../operations/index-role.js'
import { PARTITIONS_PATH, ROOT_PATH } from '../operations/peer-index.js'
import type { Run } from '../operations/run.js'
import type { Services } from '../operations/services.js'
import { withQuietContent } from '../operations/with-content.js'
import { Cid } from '../core/cid.js'
import { byteRange } from '../http/byte-range.js'
import { sendJson, sendPieces, type HttpCall, type HttpRoute } from '../http/http-call.js'

const runOf = ({ signal }: HttpCall): Run => ({
  signal,
  progress: () => undefined,
  warn: () => undefined
})

export const indexRoutes = (services: Services): HttpRoute[] => [
  {
    methods: ['GET'],
    path: PARTITIONS_PATH,
    answer: async (call) => {
      const { node, role, root, partitions, names } = published(services)
      const made = Object.values(partitions).flatMap((one) => one.made ?? [])
      sendJson(call, { root, node, role, names, partitions: made })
      return await Promise.resolve()
    }
  },
  { methods: ['GET'], path: ROOT_PATH, answer: (call) => sendRoot(services, call) },
  {
    methods: ['GET', 'HEAD'],
    path: `${PARTITIONS_PATH}/`,
    answer: (call) => sendPartition(services, call)
  }
]

/** @throws UNSUPPORTED for a leecher, PATH_NOT_FOUND where nothing was published. */
function published({ home }: Services): Published {
  const role = indexRole(home)
  checkPublishes(role)
  const found = readPublished(home)
  if (found !== undefined && found.role === role) return found
  throw new KitError('PATH_NOT_FOUND', 'this node published nothing of its index as yet; `ipfs-kit metadata publish` does') // prettier-ignore
}

async function sendRoot(services: Services, call: HttpCall): Promise<void> {
  const { root } = published(services)
  const cid = Cid.parse(root)
  const bytes = await withQuietContent(services, runOf(call), false, (view) =>
    view.whenReady(() => view.content.blocks.get(cid))
  )
  const headers = { 'content-type': 'application/vnd.ipld.dag-cbor', etag: `"${root}"` }
  call.response.writeHead(200, { ...headers, 'content-length': bytes.length }).end(bytes)
}

async function sendPartition(services: Services, call: HttpCall): Promise<void> {
  const { request, response } = call
  const cid = call.path.slice(PARTITIONS_PATH.length + 1)
  const found = Object.values(published(services).partitions).find(({ made }) => made?.cid === cid)
  const made = found?.made ?? undefined
  if (made === undefined)
    throw new KitError('PATH_NOT_FOUND', `this node publishes no partition ${cid.slice(0, 100)}`)
  const headers = {
    'content-type': 'application/vnd.apache.parquet',
    'accept-ranges': 'bytes',
    etag: `"${cid}"`
  }
  const range = byteRange(request.headers.range, made.bytes)
  if (range === 'unsatisfiable')
    return void response.writeHead(416, { 'content-range': `bytes */${made.bytes}` }).end()
  const { start, end } = range ?? { start: 0, end: made.bytes }
  response.writeHead(range === undefined ? 200 : 206, {
    ...headers,
    'content-length': end - start,
    ...(range === undefined ? {} : { 'content-range': `bytes ${start}-${end - 1}/${made.bytes}` })
  })
  if (request.method === 'HEAD' || start === end) return void response.end()
  const bytes = { path: `/ipfs/${cid}`, offset: start, length: end - start }
  await sendPieces(call, cat(services, bytes, runOf(call)))
}
