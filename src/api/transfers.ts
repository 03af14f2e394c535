/** Up- and downloads of any size: bodies that are bytes, and no JSON. */
import { closeSync } from 'node:fs'
import { envelope } from '../core/envelope.js'
import { KitError } from '../core/errors.js'
import { snakeCased } from '../core/snake-case.js'
import { byteRange } from '../http/byte-range.js'
import { sendPieces, type HttpCall } from '../http/http-call.js'
import { spooled } from '../http/spooled-body.js'
import { add } from '../operations/add.js'
import { carExport } from '../operations/car-export.js'
import { carImport } from '../operations/car-import.js'
import { cat } from '../operations/cat.js'
import { INPUT_FORMATS } from '../operations/dataset-inputs.js'
import { datasetStream, OUTPUT_FORMATS } from '../operations/dataset-get.js'
import { datasetPut } from '../operations/dataset-put.js'
import { nodeAt } from '../operations/node-at.js'
import type { Run } from '../operations/run.js'
import type { Services } from '../operations/services.js'
import type { Method } from './api-operation.js'

/** A transfer: its fields are in path and query, and one of its bodies is bytes. */
export interface Transfer {
  readonly name: string
  readonly method: Method
  readonly path: string
  readonly title: string
  readonly description: string
  /** Fields of the query by name; whether each is needed. */
  readonly query: Readonly<Record<string, boolean>>
  /** Content type of what is sent, or received. */
  readonly type: string
  readonly answer: (
    services: Services,
    fields: Readonly<Record<string, string>>,
    call: HttpCall
  ) => Promise<void>
}

export const TRANSFERS: readonly Transfer[] = [
  {
    name: 'upload',
    method: 'POST',
    path: '/upload',
    title: 'Add bytes',
    description: 'Adds the body as a file, durably, and pins it unless `pin=false`.',
    query: { name: false, pin: false, profile: false },
    type: 'application/octet-stream',
    answer: upload
  },
  {
    name: 'download',
    method: 'GET',
    path: '/download',
    title: 'Read the bytes of a file',
    description: 'Sends a file, or the range of it that `Range` names.',
    query: { path: true },
    type: 'application/octet-stream',
    answer: download
  },
  {
    name: 'car import',
    method: 'POST',
    path: '/cars',
    title: 'Import a CAR',
    description:
      'Takes in the blocks of a CAR, each verified, and pins its roots unless `pin=false`.',
    query: { pin: false },
    type: 'application/vnd.ipld.car',
    answer: importCar
  },
  {
    name: 'car export',
    method: 'GET',
    path: '/cars',
    title: 'Export a CAR',
    description: 'Sends a DAG as CARv1, in depth-first order.',
    query: { path: true },
    type: 'application/vnd.ipld.car',
    answer: exportCar
  },
  {
    name: 'dataset upload',
    method: 'POST',
    path: '/datasets/upload',
    title: 'Make a version of a dataset from bytes',
    description: `Makes a version of the rows of the body; \`format\` is one of ${INPUT_FORMATS.join(', ')}.`,
    query: { name: true, format: true, message: false },
    type: 'application/octet-stream',
    answer: uploadDataset
  },
  {
    name: 'dataset download',
    method: 'GET',
    path: '/datasets/{ref}/download',
    title: 'Read a dataset as a file',
    description: `Sends rows as a file; \`format\` is one of ${OUTPUT_FORMATS.join(', ')}.`,
    query: { format: false, where: false },
    type: 'application/octet-stream',
    answer: downloadDataset
  }
]

const runOf = ({ signal }: HttpCall): Run => ({
  signal,
  progress: () => undefined,
  warn: () => undefined
})

function needed({ query }: HttpCall, field: string): string {
  const value = query.get(field)
  if (value === null || value === '')
    throw new KitError('INVALID_ARGUMENT', `${field}: is needed in the query`)
  return value
}

function flagIn({ query }: HttpCall, field: string): boolean {
  const value = query.get(field) ?? 'true'
  if (value !== 'true' && value !== 'false')
    throw new KitError('INVALID_ARGUMENT', `${field}: must be true or false`)
  return value === 'true'
}

function sendResult({ response }: HttpCall, name: string, result: object): void {
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(
    `${JSON.stringify({ ...envelope(true, name), ...(snakeCased(result) as object) })}\n`
  )
}

async function upload(services: Services, _: unknown, call: HttpCall): Promise<void> {
  const { request, query } = call
  const source = { name: query.get('name') ?? 'file', stream: request }
  const profile = query.get('profile') ?? 'unixfs-v1-2025'
  const pin = flagIn(call, 'pin')
  const { roots } = await add(services, { sources: [source], profile, pin }, runOf(call))
  checkWhole(call)
  sendResult(call, 'upload', roots[0]!)
}

/** Node ends a body quietly where the client is cut off. */
function checkWhole({ request }: HttpCall): void {
  if (!request.complete) throw new KitError('ABORTED', 'the body was cut off')
}

async function download(services: Services, _: unknown, call: HttpCall): Promise<void> {
  const { request, response } = call
  const path = needed(call, 'path')
  const { cid, type, size } = await nodeAt(services, { path }, runOf(call))
  if (type === 'directory') throw new KitError('IS_A_DIRECTORY', `${path} is a folder; ask for it as a CAR`) // prettier-ignore
  const etag = `"${cid}"`
  const headers = {
    'content-type': 'application/octet-stream',
    'accept-ranges': 'bytes',
    'x-content-type-options': 'nosniff',
    etag
  }
  if (request.headers['if-none-match'] === etag) return void response.writeHead(304, headers).end()
  const range = byteRange(request.headers.range, size)
  if (range === 'unsatisfiable')
    return void response.writeHead(416, { 'content-range': `bytes */${size}` }).end()
  const { start, end } = range ?? { start: 0, end: size }
  response.writeHead(range === undefined ? 200 : 206, {
    ...headers,
    'content-length': end - start,
    ...(range === undefined ? {} : { 'content-range': `bytes ${start}-${end - 1}/${size}` })
  })
  if (request.method === 'HEAD' || start === end) return void response.end()
  const bytes = { path: `/ipfs/${cid}`, offset: start, length: end - start }
  await sendPieces(call, cat(services, bytes, runOf(call)))
}

async function importCar(services: Services, _: unknown, call: HttpCall): Promise<void> {
  const pin = flagIn(call, 'pin')
  const fd = await spooled(services.home, call)
  try {
    const archives = [{ fd, name: 'the archive' }]
    sendResult(call, 'car import', await carImport(services, { archives, pin }, runOf(call)))
  } finally {
    closeSync(fd)
  }
}

async function exportCar(services: Services, _: unknown, call: HttpCall): Promise<void> {
  const path = needed(call, 'path')
  const { cid } = await nodeAt(services, { path }, runOf(call))
  await sendStream(call, 'application/vnd.ipld.car; version=1; order=dfs', carExport(services, { path: `/ipfs/${cid}` }, runOf(call))) // prettier-ignore
}

async function uploadDataset(services: Services, _: unknown, call: HttpCall): Promise<void> {
  const inputFormat = oneOf(INPUT_FORMATS, needed(call, 'format'))
  const message = call.query.get('message') ?? undefined
  const sources = [{ stream: call.request }]
  const request = { name: needed(call, 'name'), sources, inputFormat, message }
  sendResult(call, 'dataset upload', await datasetPut(services, request, runOf(call)))
}

async function downloadDataset(
  services: Services,
  fields: Readonly<Record<string, string>>,
  call: HttpCall
): Promise<void> {
  const format = oneOf(OUTPUT_FORMATS, call.query.get('format') ?? 'parquet')
  const where = call.query.get('where') ?? undefined
  const rows = datasetStream(services, { ref: fields['ref']!, format, where }, runOf(call))
  await sendStream(call, 'application/octet-stream', rows)
}

function oneOf<T extends string>(words: readonly T[], given: string): T {
  const found = words.find((word) => word === given)
  if (found !== undefined) return found
  throw new KitError('INVALID_ARGUMENT', `format: must be one of ${words.join(', ')}`)
}

/** Headers are sent with the first piece: an error before it has a status of its own. */
async function sendStream(
  call: HttpCall,
  type: string,
  pieces: AsyncGenerator<Uint8Array, void, undefined>
): Promise<void> {
  const first = await pieces.next()
  call.response.writeHead(200, { 'content-type': type, 'x-content-type-options': 'nosniff' })
  if (call.request.method === 'HEAD') {
    await pieces.return()
    return void call.response.end()
  }
  await sendPieces(call, withFirst(first, pieces))
}

async function* withFirst(
  first: IteratorResult<Uint8Array, void>,
  rest: AsyncGenerator<Uint8Array, void, undefined>
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    if (first.done === true) return
    yield first.value
    yield* rest
  } finally {
    await rest.return()
  }
}
