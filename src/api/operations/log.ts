import { z } from 'zod'
import { walCancel } from '../../operations/wal-cancel.js'
import { walList } from '../../operations/wal-list.js'
import { walRetry } from '../../operations/wal-retry.js'
import { walShow } from '../../operations/wal-show.js'
import { walStatus } from '../../operations/wal-status.js'
import { inArea } from '../api-operation.js'
import { bytes, count, limit, loggedOperation, names, nothing, text } from '../schemas.js'

const operation = inArea('log')

const files = z.object({ files: count, bytes })

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
    result: z.object({ operations: z.array(loggedOperation) }),
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
    result: z.object({ record: loggedOperation }),
    call: async ({ services, run }, input) => ({ record: await walShow(services, input, run) })
  }),
  operation({
    name: 'wal retry',
    method: 'POST',
    path: '/wal/retry',
    title: 'Try operations again',
    description:
      'Works on the copies of operations that failed or wait, and answers what became of them.',
    input: z.strictObject({ ids: names.optional(), failed: z.boolean().optional() }),
    result: z.object({ operations: z.array(loggedOperation) }),
    isLong: true,
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
