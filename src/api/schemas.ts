/** Schemas that several operations share, and the tools for assistants with them, which tell more of each and take less. */
import { z } from 'zod'
import { INPUT_FORMATS } from '../operations/dataset-inputs.js'

export const cid = z.string().min(1).meta({ description: 'A CID' })

export const cidPath = z
  .string()
  .min(1)
  .meta({ description: 'CID[/path], /ipfs/CID[/path] or ipfs://CID[/path]' })

/** The absolute path of a file or folder of the machine that the engine runs on. */
export const localPath = z
  .string()
  .startsWith('/')
  .meta({ description: 'An absolute path of the machine that the engine runs on' })

export const text = z.string()
export const count = z.int().min(0)
export const bytes = z.int().min(0).meta({ description: 'Bytes' })
export const moment = z.iso.datetime().meta({ description: 'ISO 8601, UTC' })

/** Most entries of a page. */
const MAX_PAGE = 10_000

export const limit = z
  .int()
  .min(1)
  .max(MAX_PAGE)
  .meta({ description: `Most entries, up to ${MAX_PAGE}` })

export const cursor = z
  .string()
  .regex(/^\d{1,15}$/, 'give the next_cursor of the answer before, or nothing')
  .meta({ description: 'next_cursor of the page before; the first page without one' })

export const nextCursor = z
  .string()
  .nullable()
  .meta({ description: 'cursor of the next page; null for the last one' })

/** A value of any kind that JSON has. */
export const value = z.unknown()

export const names = z.array(z.string().min(1)).min(1)

/** Nothing to ask for. */
export const nothing = z.strictObject({})

export const sql = z.string().min(1).max(100_000)

/** Values for `$name` in a statement. */
/** Whole numbers beyond 2^53 were rounded before they are seen. */
const sqlNumber = z.number().refine((value) => Number.isSafeInteger(value) || !Number.isInteger(value), 'a whole number beyond 2^53 loses digits in JSON: give it as a text, and CAST($name AS HUGEINT) or DOUBLE in the statement') // prettier-ignore
export const sqlParameters = z.record(z.string(), z.union([z.string(), sqlNumber, z.boolean(), z.null()])) // prettier-ignore

export const datasetName = z.string().min(1)

export const datasetRef = z
  .string()
  .min(1)
  .meta({ description: 'NAME, NAME@VERSION, or the CID of a version' })

/** What the bytes of a table are. */
export const inputFormat = z.enum(INPUT_FORMATS)

export const nodeType = z.enum(['file', 'directory', 'symlink'])

/** What was added. */
export const addedRoot = z.object({
  cid,
  path: text,
  size: bytes,
  files: count,
  directories: count,
  symlinks: count
})

/** A version of a dataset that was made. */
export const madeVersion = z.looseObject({ name: text, version: z.int(), cid, rows: count, bytes })

/** A copy of a pin on a backend after work on it. */
export const copies = z.array(
  z.object({
    cid,
    backend: text,
    status: z.enum(['pending', 'stored', 'failed', 'removed', 'unknown']),
    size: bytes.nullable(),
    details: text.nullable(),
    code: text.nullable().meta({ description: 'Code of the error; null where there is none' })
  })
)

export const column = z.object({ name: text, type: text })

/** What is not described further: its fields depend on the version of the program. */
export const anything = z.looseObject({})

/** An entry of a folder. */
export const entry = z.object({
  name: text,
  name_base64: text.optional(),
  type: nodeType.nullable(),
  size: bytes.nullable(),
  cid,
  mode: text.nullable(),
  mtime: text.nullable(),
  problem: z.enum(['missing', 'damaged', 'unknown']).nullable()
})

/** What is recorded of a version of a dataset. */
export const versionRecord = z.object({
  version: z.int(),
  cid,
  data: text,
  rows: count,
  bytes,
  message: text,
  tags: z.array(text),
  created_at: text
})

/** One thing that was checked of the set-up. */
export const setupCheck = z.object({
  check: text,
  ok: z.boolean(),
  needed: z.boolean(),
  found: text,
  mend: text
})

/** How the copies on a backend are. */
export const copyHealth = z.object({
  stored: count,
  pending: count,
  failed: count,
  failures: z.array(z.object({ reason: text, count })),
  unknown: count.describe(
    'Of those that are stored, copies that could not be looked at last time.'
  ),
  unknown_reasons: z.array(z.object({ reason: text, count }))
})

const time = z.int().meta({ description: 'ms since 1970' })

/** Statuses of operations on backends. */
export const LOGGED = ['pending', 'running', 'completed', 'failed', 'cancelled'] as const

/** An operation on a backend. */
export const loggedOperation = z.object({
  operation_id: text,
  operation_type: text,
  status: z.enum(LOGGED),
  timestamp: time,
  updated_at: time,
  completed_at: time.nullable(),
  backend: text,
  parameters: z.record(z.string(), z.string()),
  result: z
    .object({ cid: cid.nullable(), size: bytes.nullable(), destination: text.nullable() })
    .partial()
    .nullable(),
  error: text.nullable(),
  error_type: text.nullable(),
  retry_count: count,
  max_retries: count,
  next_retry_at: time.nullable()
})
