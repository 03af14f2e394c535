import { z } from 'zod'
import { cacheWarm } from '../../operations/cache-warm.js'
import { dagView } from '../../operations/dag-view.js'
import { explain } from '../../operations/explain.js'
import { get } from '../../operations/get.js'
import { ls } from '../../operations/ls.js'
import { stat } from '../../operations/stat.js'
import { add } from '../../operations/add.js'
import { inArea } from '../api-operation.js'
import { withoutUndefined } from '../without-undefined.js'
import {
  addedRoot,
  bytes,
  cid,
  cidPath,
  count,
  cursor,
  entry,
  limit,
  localPath,
  names,
  nextCursor,
  nodeType,
  text
} from '../schemas.js'

const operation = inArea('content')

/** Entries of a page of a folder. */
const STANDARD_LIMIT = 1000

export const contentOperations = [
  operation({
    name: 'add',
    method: 'POST',
    path: '/add',
    title: 'Add files of this machine',
    description:
      'Adds files and folders of the machine that the engine runs on, by their absolute paths, durably, and pins each root. Bytes are uploaded to `/api/v1/upload`.',
    input: z.strictObject({
      paths: z.array(localPath).min(1),
      profile: z.enum(['unixfs-v1-2025', 'unixfs-v0-2015']).default('unixfs-v1-2025'),
      chunker: z
        .string()
        .regex(/^size-\d+$/)
        .optional(),
      only_hash: z.boolean().optional(),
      pin: z.boolean().optional(),
      wrap: z.boolean().optional(),
      hidden: z.boolean().optional(),
      preserve_mode: z.boolean().optional(),
      preserve_mtime: z.boolean().optional()
    }),
    result: z.object({ roots: z.array(addedRoot), skipped_hidden: count, profile: text }),
    isLong: true,
    call: ({ services, run }, { paths, ...given }) => {
      const { only_hash: onlyHash, preserve_mode: preserveMode, preserve_mtime: preserveMtime } = given // prettier-ignore
      const { profile, chunker, pin, wrap, hidden } = given
      const rest = { chunker, pin, wrap, hidden, onlyHash, preserveMode, preserveMtime }
      return add(services, { sources: paths, profile, ...withoutUndefined(rest) }, run)
    }
  }),
  operation({
    name: 'ls',
    method: 'GET',
    path: '/ls',
    title: 'List a folder',
    description: 'Lists a folder page by page; of a file, the file itself.',
    input: z.strictObject({ path: cidPath, limit: limit.optional(), cursor: cursor.optional() }),
    result: z.object({
      entries: z.array(entry),
      total: count,
      next_cursor: nextCursor
    }),
    call: async ({ services, run }, { path, limit = STANDARD_LIMIT, cursor = '0' }) => {
      const { entries, total, next } = await ls(
        services,
        { path, from: Number(cursor), limit },
        run
      )
      return { entries, total, nextCursor: next === null ? null : String(next) }
    }
  }),
  operation({
    name: 'stat',
    method: 'GET',
    path: '/stat',
    title: 'Describe a file or folder',
    description: 'Tells type and size, and how much of its DAG is here.',
    input: z.strictObject({ path: cidPath }),
    result: z.object({
      cid,
      type: nodeType,
      size: bytes,
      dag_size: bytes,
      blocks: count,
      links: count,
      depth: count,
      local: z.boolean(),
      missing: count,
      mode: text.nullable(),
      mtime: text.nullable()
    }),
    call: ({ services, run }, { path }) => stat(services, { path }, run)
  }),
  operation({
    name: 'dag show',
    method: 'GET',
    path: '/dag',
    title: 'Show a node of a DAG',
    description:
      'Reads one block of any codec: what it is made of in dag-json, and the CIDs that it leads to.',
    input: z.strictObject({ path: cidPath }),
    result: z.object({
      cid,
      codec: text,
      size: bytes,
      links: z.array(z.object({ path: text, name: text.nullable(), cid })),
      link_count: count,
      json: text.nullable().meta({ description: 'null for plain bytes, and for more than 64 KiB' })
    }),
    call: ({ services, run }, request) => dagView(services, request, run)
  }),
  operation({
    name: 'explain',
    method: 'GET',
    path: '/explain',
    title: 'Where bytes come from',
    description:
      'Tells which tier and which backend serves each part of a file, or would serve it.',
    input: z.strictObject({ path: cidPath, fetch: z.boolean().optional() }),
    result: z.object({
      cid,
      segments: z.array(
        z.object({
          cid,
          path: text,
          offset: z.int(),
          length: z.int().nullable(),
          tier: z.enum(['local', 'disk']).nullable(),
          backend: text.nullable(),
          bytes_fetched: count,
          ms: z.number().nullable()
        })
      ),
      missing: z.array(cid),
      failure: z.object({ code: text, message: text }).nullable()
    }),
    call: ({ services, run }, { path, fetch }) =>
      explain(services, { path, ...(fetch === undefined ? {} : { fetch }) }, run)
  }),
  operation({
    name: 'get',
    method: 'POST',
    path: '/get',
    title: 'Copy content to a file of this machine',
    description:
      'Copies a file or folder to an absolute path that is not there yet, completely or not at all. Bytes are downloaded from `/api/v1/download`.',
    input: z.strictObject({ path: cidPath, output: localPath }),
    result: z.object({ output: text, cid, bytes, files: count.optional() }).partial(),
    isLong: true,
    call: ({ services, run }, request) => get(services, request, run)
  }),
  operation({
    name: 'cache warm',
    method: 'POST',
    path: '/warm',
    title: 'Fetch content ahead',
    description: 'Fetches files and folders, so that they are here when they are read.',
    input: z.strictObject({ paths: names }),
    result: z.object({ files: count, bytes }),
    isLong: true,
    call: ({ services, run }, request) => cacheWarm(services, request, run)
  })
]
