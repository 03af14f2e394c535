/** Schemas that several operations share. */
import { z } from 'zod'

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
  .regex(/^\d{1,15}$/)
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
