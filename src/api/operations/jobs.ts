import { z } from 'zod'
import { Verbatim } from '../../core/snake-case.js'
import { inArea } from '../api-operation.js'
import { anything, nothing, text } from '../schemas.js'

const operation = inArea('jobs')

export const job = z.object({
  id: text,
  operation: text,
  request: anything.nullable().meta({ description: 'What was asked for; null where that is long' }),
  status: z.enum(['running', 'completed', 'failed', 'cancelled']),
  created_at: text,
  finished_at: text.nullable(),
  progress: z.object({ what: text, done: z.number(), total: z.number().nullable() }).nullable(),
  warnings: z.array(text),
  result: anything.nullable(),
  error: anything.nullable()
})

export const jobOperations = [
  operation({
    name: 'job ls',
    method: 'GET',
    path: '/jobs',
    title: 'List jobs',
    description: 'Lists jobs that run, and those that ended last, without their results.',
    input: nothing,
    result: z.object({ jobs: z.array(job) }),
    call: ({ jobs }) => Promise.resolve({ jobs: new Verbatim(jobs.list()) })
  }),
  operation({
    name: 'job show',
    method: 'GET',
    path: '/jobs/{id}',
    title: 'Show a job',
    description:
      'Shows progress, and the result when it has ended. `/api/v1/jobs/{id}/events` tells of changes as they come.',
    input: z.strictObject({ id: text }),
    result: z.object({ job }),
    call: ({ jobs }, { id }) => Promise.resolve({ job: new Verbatim(jobs.get(id)) })
  }),
  operation({
    name: 'job cancel',
    method: 'DELETE',
    path: '/jobs/{id}',
    title: 'Cancel a job',
    description: 'Asks a job to end; what it has done so far stays.',
    input: z.strictObject({ id: text }),
    result: z.object({ job }),
    call: ({ jobs }, { id }) => Promise.resolve({ job: new Verbatim(jobs.cancel(id)) })
  })
]
