/** What happened in the engine. Watching it, which has no end, is no operation: engine-events.ts. */
import { z } from 'zod'
import { NEWS_FIELDS, NEWS_TYPES } from '../../operations/events.js'
import { inArea } from '../api-operation.js'
import { bytes, count, limit, text } from '../schemas.js'

const operation = inArea('events')

export const eventChoice = z.strictObject({
  type: z.array(z.enum(NEWS_TYPES)).optional().meta({ description: 'Only these; all by default' }),
  after: z.int().min(0).optional().meta({ description: 'The id of the last event that is known' })
})

const maybe = text.nullable().optional()
const number = count.nullable().optional()

const event = z.object({
  id: count,
  time: z.iso.datetime(),
  type: z.enum([...NEWS_TYPES, 'gap']),
  missed: number.meta({ description: 'Events of a gap; null where nobody knows' }),
  cid: maybe,
  name: maybe,
  cids: z.array(text).optional(),
  more: count.optional().meta({ description: 'CIDs that are not listed' }),
  blocks: number,
  bytes: bytes.optional(),
  backend: maybe,
  backends: z.array(text).optional(),
  path: text.optional(),
  job: text.optional(),
  operation: text.optional(),
  status: text.optional(),
  what: maybe,
  done: number,
  total: number,
  error: maybe
})

const DEFAULT_LIMIT = 1000

export const eventOperations = [
  operation({
    name: 'event ls',
    method: 'GET',
    path: '/events/recent',
    title: 'List events',
    description: [
      'Lists what happened in the engine lately, the oldest first; `last_id` is the `after` of the next call. `/api/v1/events` tells the same as it happens, by Server-Sent Events or a WebSocket.',
      ...NEWS_TYPES.map((type) => `\`${type}\`: ${NEWS_FIELDS[type]}.`)
    ].join(' '),
    input: eventChoice.extend({ limit: limit.optional() }),
    result: z.object({ events: z.array(event), last_id: count }),
    call: ({ events }, { type, after, limit: most = DEFAULT_LIMIT }) => {
      const { events: found, last } = events.list({ types: type, after }, most)
      return Promise.resolve({ events: found, lastId: last })
    }
  })
]
