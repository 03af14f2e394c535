import { z } from 'zod'
import { Verbatim } from '../../core/snake-case.js'
import { presentedRecord } from '../../metadata/presented.js'
import { metadataLocate } from '../../operations/metadata-locate.js'
import { metadataQuery } from '../../operations/metadata-query.js'
import { metadataRefresh } from '../../operations/metadata-refresh.js'
import { metadataShow } from '../../operations/metadata-show.js'
import { metadataTag } from '../../operations/metadata-tag.js'
import { inArea } from '../api-operation.js'
import { neededFor, pageOf } from '../page.js'
import {
  anything,
  cid,
  cidPath,
  count,
  cursor,
  limit,
  names,
  nextCursor,
  nothing,
  text
} from '../schemas.js'

const operation = inArea('metadata')

const record = z.looseObject({ cid })
const location = z.object({
  cid,
  kind: text,
  details: anything,
  latency_ms: z.number(),
  is_measured: z.boolean()
})

export const metadataOperations = [
  operation({
    name: 'metadata query',
    method: 'GET',
    path: '/metadata',
    title: 'Find content by what is known of it',
    description:
      'Finds records by a condition such as `mime_type == "application/pdf" and size_bytes > 1048576`, and by words.',
    input: z.strictObject({
      where: z.string().optional(),
      text: z.string().optional().meta({ description: 'Words that a record must have' }),
      order: z.string().optional().meta({ description: 'A field, or `-field` for the other way' }),
      limit: limit.optional(),
      cursor: cursor.optional()
    }),
    result: z.object({ records: z.array(record), next_cursor: nextCursor }),
    call: async ({ services, run }, { where, text, order, ...page }) => {
      const request = { where, text, order, limit: neededFor(page) }
      const { records } = await metadataQuery(services, request, run)
      const { entries, nextCursor } = pageOf(records, page)
      return { records: new Verbatim(entries.map(presentedRecord)), nextCursor }
    }
  }),
  operation({
    name: 'metadata count',
    method: 'GET',
    path: '/metadata/count',
    title: 'Count content by what is known of it',
    description: 'Counts the records that a condition and words choose.',
    input: z.strictObject({ where: z.string().optional(), text: z.string().optional() }),
    result: z.object({ total: count }),
    call: async ({ services, run }, request) => {
      const { total } = await metadataQuery(services, { ...request, count: true }, run)
      return { total: total ?? 0 }
    }
  }),
  operation({
    name: 'metadata show',
    method: 'GET',
    path: '/metadata/records/{cid}',
    title: 'Show what is known of a CID',
    description: 'Shows a record of the index, and how hot its content is.',
    input: z.strictObject({ cid }),
    result: z.object({ record, heat: z.number() }),
    call: async ({ services, run }, input) => {
      const { record, heat } = await metadataShow(services, { path: input.cid }, run)
      return { record: new Verbatim(presentedRecord(record)), heat }
    }
  }),
  operation({
    name: 'metadata locate',
    method: 'GET',
    path: '/metadata/locations',
    title: 'Where content is',
    description: 'Lists places by CID, path or MIME type, the fastest first.',
    input: z.strictObject({
      cid: cid.optional(),
      path: z.string().optional(),
      mime_type: z.string().optional(),
      limit: limit.optional()
    }),
    result: z.object({
      locations: z.array(location),
      fastest_retrieval_path: location.nullable()
    }),
    call: async ({ services, run }, { mime_type: mimeType, ...request }) => {
      const { locations, ...rest } = await metadataLocate(services, { ...request, mimeType }, run)
      const told = (one: (typeof locations)[number]) => ({ ...one, details: new Verbatim(one.details) }) // prettier-ignore
      const { fastestRetrievalPath: fastest } = rest
      return {
        locations: locations.map(told),
        fastestRetrievalPath: fastest === null ? null : told(fastest)
      }
    }
  }),
  operation({
    name: 'metadata tag',
    method: 'POST',
    path: '/metadata/tags',
    title: 'Tag content',
    description: 'Adds tags to records and removes others.',
    input: z.strictObject({
      paths: z.array(cidPath).min(1),
      add: names.optional(),
      remove: names.optional()
    }),
    result: z.object({ records: z.array(record) }),
    call: async ({ services, run }, { paths, add = [], remove = [] }) => {
      const { records } = await metadataTag(services, { paths, add, remove }, run)
      return { records: new Verbatim(records.map(presentedRecord)) }
    }
  }),
  operation({
    name: 'metadata refresh',
    method: 'POST',
    path: '/metadata/refresh',
    title: 'Bring the index up to date',
    description: 'Takes in what is pinned and not described, and writes the files of the index.',
    input: nothing,
    result: z.looseObject({ changed: count, records: count }),
    isLong: true,
    call: ({ services, run }) => metadataRefresh(services, {}, run)
  })
]
