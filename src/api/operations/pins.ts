import { z } from 'zod'
import { pinAdd } from '../../operations/pin-add.js'
import { pinHeal } from '../../operations/pin-heal.js'
import { pinHealth } from '../../operations/pin-health.js'
import { pinInsights } from '../../operations/pin-insights.js'
import { pinList } from '../../operations/pin-list.js'
import { pinMappingsList } from '../../operations/pin-mappings-list.js'
import { pinMove } from '../../operations/pin-move.js'
import { pinRelease } from '../../operations/pin-release.js'
import { pinRemove } from '../../operations/pin-remove.js'
import { pinStore } from '../../operations/pin-store.js'
import type { PinOutcome } from '../../operations/pin-outcome.js'
import { pinVerify } from '../../operations/pin-verify.js'
import { pinWhereis } from '../../operations/pin-whereis.js'
import { inArea } from '../api-operation.js'
import { neededFor, pageOf } from '../page.js'
import {
  bytes,
  cid,
  copies,
  copyHealth,
  count,
  cursor,
  limit,
  moment,
  names,
  nextCursor,
  text
} from '../schemas.js'

const operation = inArea('pins')

const told = (outcomes: readonly PinOutcome[]): readonly object[] =>
  outcomes.map(({ error, ...copy }) => ({ ...copy, code: error?.code ?? null }))

const pinType = z.enum(['recursive', 'direct'])
const mappingStatus = z.enum(['pending', 'stored', 'failed'])
const sample = z.object({ count, cids: z.array(cid) })

export const pinOperations = [
  operation({
    name: 'pin ls',
    method: 'GET',
    path: '/pins',
    title: 'List pins',
    description: 'Lists the pins of this home page by page.',
    input: z.strictObject({ limit: limit.optional(), cursor: cursor.optional() }),
    result: z.object({
      pins: z.array(
        z.object({ cid, name: text, type: pinType, size: bytes.nullable(), created_at: text })
      ),
      next_cursor: nextCursor,
      method: z.enum(['zero_copy', 'traditional']),
      source: text
    }),
    call: async ({ services, run }, request) => {
      const { pins, method, source } = await pinList(services, { limit: neededFor(request) }, run)
      const { entries, nextCursor } = pageOf(pins, request)
      return { pins: entries, nextCursor, method, source }
    }
  }),
  operation({
    name: 'pin add',
    method: 'POST',
    path: '/pins',
    title: 'Pin content',
    description:
      'Keeps content from garbage collection, and fetches what of it is not here. With `backends` or `replicas`, copies are stored on backends.',
    input: z.strictObject({
      paths: names,
      direct: z.boolean().optional(),
      name: z.string().optional(),
      backends: names.optional(),
      replicas: z.int().min(1).max(100).optional(),
      tags: z.array(z.string()).optional()
    }),
    result: z.object({ pins: z.array(z.object({ cid, name: text, type: pinType })), copies }),
    isLong: true,
    call: async ({ services, run }, { paths, direct, name, backends, replicas, tags }) => {
      const { pins } = await pinAdd(services, { paths, name, direct: direct === true }, run)
      if (backends === undefined && replicas === undefined) return { pins, copies: [] }
      const request = { cids: pins.map((pin) => pin.cid), backends, replicas, name, tags }
      return { pins, copies: told((await pinStore(services, request, run)).copies) }
    }
  }),
  operation({
    name: 'pin rm',
    method: 'DELETE',
    path: '/pins/{cid}',
    title: 'Unpin content',
    description: 'Removes a pin; garbage collection may then remove what no other pin reaches.',
    input: z.strictObject({ cid }),
    result: z.object({ unpinned: z.array(cid) }),
    call: ({ services, run }, input) => pinRemove(services, { cids: [input.cid] }, run)
  }),
  operation({
    name: 'pin whereis',
    method: 'GET',
    path: '/pins/{cid}/places',
    title: 'Where a pin is kept',
    description: 'Tells which backends have a copy, and whose loss would lose it.',
    input: z.strictObject({ cid }),
    result: z.object({
      cid,
      name: text,
      tags: z.array(text),
      local: z.object({ pinned: z.boolean(), here: z.boolean() }),
      copies: z.array(
        z.object({
          backend: text,
          status: mappingStatus,
          trust: text,
          path: text,
          size: bytes.nullable(),
          verified_at: text.nullable(),
          last_error: text.nullable()
        })
      ),
      would_be_lost_with: z.array(text)
    }),
    call: ({ services, run }, input) => pinWhereis(services, { cid: input.cid }, run)
  }),
  operation({
    name: 'pin copies',
    method: 'GET',
    path: '/copies',
    title: 'List copies on backends',
    description: 'Lists the copies of pins on backends page by page, in the order of their CIDs.',
    input: z.strictObject({
      backend: z.array(z.string()).optional(),
      status: mappingStatus.optional(),
      name: z.string().optional(),
      tag: z.string().optional(),
      limit: limit.optional(),
      cursor: z.string().optional()
    }),
    result: z.object({
      pins: z.array(
        z.object({
          cid,
          name: text,
          tags: z.array(text),
          backend: text,
          status: mappingStatus,
          size: bytes.nullable(),
          created_at: text,
          car_file_path: text,
          verified_at: text.nullable(),
          last_error: text.nullable()
        })
      ),
      next_cursor: nextCursor
    }),
    call: async ({ services, run }, { backend, cursor, limit = 100, ...rest }) => {
      const request = { ...rest, backends: backend, after: cursor, limit }
      const { pins, next } = await pinMappingsList(services, request, run)
      return { pins, nextCursor: next }
    }
  }),
  operation({
    name: 'pin release',
    method: 'POST',
    path: '/copies/release',
    title: 'Remove copies from backends',
    description: 'Removes copies, unless the policy needs them; `force` removes them all the same.',
    input: z.strictObject({
      cids: names,
      backends: names.optional(),
      force: z.boolean().optional()
    }),
    result: z.object({ copies }),
    isLong: true,
    call: async ({ services, run }, request) => ({
      copies: told((await pinRelease(services, request, run)).copies)
    })
  }),
  operation({
    name: 'pin verify',
    method: 'POST',
    path: '/copies/verify',
    title: 'Verify copies on backends',
    description: 'Looks whether copies are there and whole; with `read_data`, hashes every block.',
    input: z.strictObject({
      cids: names.optional(),
      backends: names.optional(),
      read_data: z.boolean().optional(),
      limit: limit.optional()
    }),
    result: z.object({ copies }),
    isLong: true,
    call: async ({ services, run }, { read_data: readData, ...request }) => ({
      copies: told((await pinVerify(services, { ...request, readData }, run)).copies)
    })
  }),
  operation({
    name: 'pin heal',
    method: 'POST',
    path: '/copies/heal',
    title: 'Store what backends lack',
    description: 'Stores copies again that are missing, failed or damaged, from any good copy.',
    input: z.strictObject({
      cids: names.optional(),
      backends: names.optional(),
      read_data: z.boolean().optional()
    }),
    result: z.object({ copies, sound: count, swept: count }),
    isLong: true,
    call: async ({ services, run }, { read_data: readData, ...request }) => {
      const healed = await pinHeal(services, { ...request, readData }, run)
      return { ...healed, copies: told(healed.copies) }
    }
  }),
  operation({
    name: 'pin move',
    method: 'POST',
    path: '/copies/move',
    title: 'Move copies between backends',
    description: 'Moves copies to where policy and heat would have them now; `dry_run` only plans.',
    input: z.strictObject({
      cids: names.optional(),
      limit: limit.optional(),
      dry_run: z.boolean().optional()
    }),
    result: z.object({
      moves: z.array(
        z.object({ cid, from: text, to: text, why: z.enum(['cold', 'hot', 'policy']) })
      ),
      copies
    }),
    isLong: true,
    call: async ({ services, run }, { dry_run: dryRun, ...request }) => {
      const moved = await pinMove(services, { ...request, dryRun }, run)
      return { ...moved, copies: told(moved.copies) }
    }
  }),
  operation({
    name: 'pin health',
    method: 'GET',
    path: '/copies/health',
    title: 'Health of copies',
    description: 'Counts copies by backend and status, with the reasons of failures.',
    input: z.strictObject({}),
    result: z.object({
      healthy: z.boolean(),
      copies: count,
      backends: z.array(
        z.object({
          name: text,
          type: text,
          trust: text,
          ...copyHealth.shape,
          bytes,
          oldest_verification: moment.nullable()
        })
      )
    }),
    call: ({ services, run }) => pinHealth(services, {}, run)
  }),
  operation({
    name: 'pin insights',
    method: 'GET',
    path: '/copies/insights',
    title: 'What copies lack',
    description:
      'Tells of pins with too few or too many copies, and what the loss of a backend would lose.',
    input: z.strictObject({}),
    result: z.object({
      nowhere: sample.describe('Pins of which no copy is stored, here or on a backend.'),
      unknown: sample.describe('Pins with copies that could not be looked at last time.'),
      under_replicated: sample,
      over_replicated: sample,
      lost_with: z.array(z.object({ backend: text, count, cids: z.array(cid) })),
      to_move: z.object({ cold: sample, hot: sample, policy: sample }),
      failed_for_good: z.array(z.object({ backend: text, reason: text, count })),
      growth: z.array(z.object({ day: text, copies: count, bytes }))
    }),
    call: ({ services, run }) => pinInsights(services, {}, run)
  })
]
