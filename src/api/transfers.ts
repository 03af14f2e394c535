/** Up- and downloads of any size: bodies that are bytes, and no JSON. */
import { closeSync } from 'node:fs'
import { z } from 'zod'
import { envelope } from '../core/envelope.js'
import { snakeCased } from '../core/snake-case.js'
import type { HttpCall } from '../http/http-call.js'
import { sendStream } from '../http/send-stream.js'
import { spooled } from '../http/spooled-body.js'
import { add } from '../operations/add.js'
import { carExport } from '../operations/car-export.js'
import { carImport } from '../operations/car-import.js'
import { INPUT_FORMATS, type InputFormat } from '../operations/dataset-inputs.js'
import { datasetStream, OUTPUT_FORMATS, type OutputFormat } from '../operations/dataset-get.js'
import { datasetPut } from '../operations/dataset-put.js'
import { nodeAt } from '../operations/node-at.js'
import type { Run } from '../operations/run.js'
import type { Services } from '../operations/services.js'
import type { Method } from './api-operation.js'
import { download } from './download.js'
import { addedRoot, bytes, cid, cidPath, count, inputFormat, madeVersion } from './schemas.js'

/** A transfer: its fields are in path and query, and one of its bodies is bytes. */
export interface Transfer {
  readonly name: string
  readonly method: Method
  readonly path: string
  readonly title: string
  readonly description: string
  /** Fields of path and query. */
  readonly input: z.ZodObject
  /** Fields beside those of the envelope, of an upload. */
  readonly result?: z.ZodObject
  readonly answer: (services: Services, input: never, call: HttpCall) => Promise<void>
}

interface Definition<Input extends z.ZodObject> extends Omit<Transfer, 'input' | 'answer'> {
  readonly input: Input
  readonly answer: (services: Services, input: z.infer<Input>, call: HttpCall) => Promise<void>
}

/** Makes a transfer whose input has the type of its schema. */
const transfer = <Input extends z.ZodObject>(definition: Definition<Input>): Transfer => definition

const flag = z.boolean().optional()

export const TRANSFERS: readonly Transfer[] = [
  transfer({
    name: 'upload',
    method: 'POST',
    path: '/upload',
    title: 'Add bytes',
    description: 'Adds the body as a file, durably, and pins it unless `pin=false`.',
    input: z.strictObject({
      name: z.string().optional(),
      pin: flag,
      profile: z.enum(['unixfs-v1-2025', 'unixfs-v0-2015']).optional()
    }),
    result: addedRoot,
    answer: upload
  }),
  transfer({
    name: 'download',
    method: 'GET',
    path: '/download',
    title: 'Read the bytes of a file',
    description: 'Sends a file, or the range of it that `Range` names.',
    input: z.strictObject({ path: cidPath }),
    answer: download
  }),
  transfer({
    name: 'car import',
    method: 'POST',
    path: '/cars',
    title: 'Import a CAR',
    description:
      'Takes in the blocks of a CAR, each verified, and pins its roots unless `pin=false`.',
    input: z.strictObject({ pin: flag }),
    result: z.object({
      roots: z.array(cid),
      blocks: count,
      bytes,
      duplicates: count.meta({ description: 'Blocks that were here already' }),
      missing: count.meta({
        description: 'Linked blocks that neither the archive nor this home has'
      }),
      pinned: count.meta({ description: 'Roots that were pinned' })
    }),
    answer: importCar
  }),
  transfer({
    name: 'car export',
    method: 'GET',
    path: '/cars',
    title: 'Export a CAR',
    description: 'Sends a DAG as CARv1, in depth-first order.',
    input: z.strictObject({ path: cidPath }),
    answer: exportCar
  }),
  transfer({
    name: 'dataset upload',
    method: 'POST',
    path: '/datasets/upload',
    title: 'Make a version of a dataset from bytes',
    description: `Makes a version of the rows of the body; \`format\` is one of ${INPUT_FORMATS.join(', ')}.`,
    input: z.strictObject({
      name: z.string().min(1),
      format: inputFormat,
      message: z.string().optional()
    }),
    result: madeVersion,
    answer: uploadDataset
  }),
  transfer({
    name: 'dataset download',
    method: 'GET',
    path: '/datasets/{ref}/download',
    title: 'Read a dataset as a file',
    description: `Sends rows as a file; \`format\` is one of ${OUTPUT_FORMATS.join(', ')}.`,
    input: z.strictObject({
      ref: z.string().min(1),
      format: z.enum(OUTPUT_FORMATS).optional(),
      where: z.string().optional()
    }),
    answer: downloadDataset
  })
]

interface UploadInput {
  readonly name?: string | undefined
  readonly pin?: boolean | undefined
  readonly profile?: string | undefined
}

interface DatasetUploadInput {
  readonly name: string
  readonly format: InputFormat
  readonly message?: string | undefined
}

interface DatasetDownloadInput {
  readonly ref: string
  readonly format?: OutputFormat | undefined
  readonly where?: string | undefined
}

const runOf = ({ signal }: HttpCall): Run => ({
  signal,
  progress: () => undefined,
  warn: () => undefined
})

function sendResult({ response }: HttpCall, name: string, result: object): void {
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(
    `${JSON.stringify({ ...envelope(true, name), ...(snakeCased(result) as object) })}\n`
  )
}

async function upload(
  services: Services,
  { name = 'file', pin = true, profile = 'unixfs-v1-2025' }: UploadInput,
  call: HttpCall
): Promise<void> {
  const source = { name, stream: call.request }
  const { roots } = await add(services, { sources: [source], profile, pin }, runOf(call))
  sendResult(call, 'upload', roots[0]!)
}

async function importCar(
  services: Services,
  { pin = true }: { pin?: boolean | undefined },
  call: HttpCall
): Promise<void> {
  const fd = await spooled(services.home, call)
  try {
    const archives = [{ fd, name: 'the archive' }]
    sendResult(call, 'car import', await carImport(services, { archives, pin }, runOf(call)))
  } finally {
    closeSync(fd)
  }
}

async function exportCar(
  services: Services,
  { path }: { path: string },
  call: HttpCall
): Promise<void> {
  const { cid } = await nodeAt(services, { path }, runOf(call))
  await sendMade(call, 'application/vnd.ipld.car; version=1; order=dfs', carExport(services, { path: `/ipfs/${cid}` }, runOf(call))) // prettier-ignore
}

async function uploadDataset(
  services: Services,
  { name, format: inputFormat, message }: DatasetUploadInput,
  call: HttpCall
): Promise<void> {
  const request = { name, sources: [{ stream: call.request }], inputFormat, message }
  sendResult(call, 'dataset upload', await datasetPut(services, request, runOf(call)))
}

async function downloadDataset(
  services: Services,
  { format = 'parquet', ...request }: DatasetDownloadInput,
  call: HttpCall
): Promise<void> {
  const rows = datasetStream(services, { ...request, format }, runOf(call))
  await sendMade(call, 'application/octet-stream', rows)
}

const sendMade = (call: HttpCall, type: string, pieces: AsyncIterable<Uint8Array>): Promise<void> =>
  sendStream(call, pieces, () =>
    call.response.writeHead(200, { 'content-type': type, 'x-content-type-options': 'nosniff' })
  )
