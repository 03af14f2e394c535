import { z } from 'zod'
import { walCancel } from '../../operations/wal-cancel.js'
import { walList } from '../../operations/wal-list.js'
import { walRetry } from '../../operations/wal-retry.js'
import { walShow } from '../../operations/wal-show.js'
import { walStatus } from '../../operations/wal-status.js'
import { inArea } from '../api-operation.js'
import { bytes, cid, count, limit, names, nothing, text } from '../schemas.js'

const operation = inArea('log')

const time = z.int().meta({ description: 'ms since 1970' })
const files = z.object({ files: count, bytes })

const logged = z.object({
  operation_id: text,
  operation_type: text,
  status: z.enum(['pending', 'running', 'completed', 'failed', 'cancelled']),
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

const STANDARD_LIMIT = 100

export const logOperations = [
  operation({
    name: 'wal status',
    method: 'GET',
    path: '/wal',
    title: 'State of the log',
    description: 'Counts operations by status, and the files of the log.',
    input: nothing,
    result: z.object({
      operations: z.record(z.string(), count),
      next_due: z.number().nullable(),
      log: files,
      archives: files
    }),
    call: ({ services, run }) => walStatus(services, {}, run)
  }),
  operation({
    name: 'wal ls',
    method: 'GET',
    path: '/wal/operations',
    title: 'List operations on backends',
    description: 'Lists the newest operations of the log; with `all`, of its archives too.',
    input: z.strictObject({ limit: limit.optional(), all: z.boolean().optional() }),
    result: z.object({ operations: z.array(logged) }),
    call: ({ services, run }, { limit = STANDARD_LIMIT, all = false }) =>
      walList(services, { limit, all }, run)
  }),
  operation({
    name: 'wal show',
    method: 'GET',
    path: '/wal/operations/{id}',
    title: 'Show an operation',
    description: 'Shows one operation; its id may be cut short.',
    input: z.strictObject({ id: z.string().min(1) }),
    result: z.object({ record: logged }),
    call: async ({ services, run }, input) => ({ record: await walShow(services, input, run) })
  }),
  operation({
    name: 'wal retry',
    method: 'POST',
    path: '/wal/retry',
    title: 'Try operations again',
    description: 'Makes operations due that failed or wait.',
    input: z.strictObject({ ids: names.optional(), failed: z.boolean().optional() }),
    result: z.object({ retried: z.array(text) }),
    call: ({ services, run }, { ids = [], failed = false }) =>
      walRetry(services, { ids, failed }, run)
  }),
  operation({
    name: 'wal cancel',
    method: 'POST',
    path: '/wal/cancel',
    title: 'Give operations up',
    description: 'Cancels operations that are not finished.',
    input: z.strictObject({ ids: names }),
    result: z.object({ cancelled: z.array(text) }),
    call: ({ services, run }, request) => walCancel(services, request, run)
  })
]
