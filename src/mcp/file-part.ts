/** A part of a file as an answer: text as text, other bytes as base64, and how to go on. */
import type { ContentBlock } from '@modelcontextprotocol/server'
import * as z from 'zod'
import { count } from '../api/schemas.js'
import { mimeOf } from '../metadata/mime-of.js'
import { MOST_BYTES, USUAL_BYTES } from './bounds.js'
import { NOTICE, noticeField } from './notice.js'
import { textPart } from './text-part.js'
import type { ToolAnswer } from './tool.js'

/** The fields by which a part is asked for. */
export const partInput = {
  offset: count.default(0).describe('First byte that is wanted.'),
  length: z
    .int()
    .positive()
    .default(USUAL_BYTES)
    .describe(`Most bytes that are wanted; an answer holds at most ${MOST_BYTES}.`)
}

/** The fields of a part. */
export const partOutput = {
  notice: noticeField,
  size: count.describe('Bytes of the whole file.'),
  offset: count.describe('First byte of this part.'),
  length: count.describe('Bytes of this part.'),
  next_offset: count
    .nullable()
    .describe('The offset to go on with; null where this part reaches the end.'),
  mime_type: z.string(),
  encoding: z
    .enum(['utf8', 'base64'])
    .describe('utf8: `text` has the part. base64: the resource in this answer has its bytes.'),
  text: z.string().nullable()
}

export interface FilePart {
  /** Identifies the file for the client. */
  readonly uri: string
  /** The file as it is named to the assistant. */
  readonly path: string
  readonly name: string
  readonly size: number
  /** First byte that was asked for. */
  readonly offset: number
  readonly bytes: Uint8Array
}

type PartFields = z.input<z.ZodObject<typeof partOutput>>

/** Returns how many bytes are read for a request. */
export const boundedLength = (length: number): number => Math.min(length, MOST_BYTES)

export function partAnswer(part: FilePart): ToolAnswer<PartFields> {
  const structured = fieldsOf(part)
  const { uri, bytes } = part
  const { text, mime_type: mimeType } = structured
  const body = text === null ? { blob: Buffer.from(bytes).toString('base64') } : { text }
  const resource = { uri, mimeType, ...body }
  const content: ContentBlock[] = [
    { type: 'text', text: `${NOTICE}\n${sentence(part.path, structured)}` },
    { type: 'resource', resource }
  ]
  return { structured, content }
}

function fieldsOf({ name, size, offset, bytes }: FilePart): PartFields {
  const isCut = offset + bytes.length < size
  const found = textPart(bytes, offset > 0, isCut)
  const used = found?.used ?? bytes.length
  const start = offset + (found?.skipped ?? 0)
  const end = offset + used
  return {
    notice: NOTICE,
    size,
    offset: start,
    length: end - start,
    next_offset: end < size && used > 0 ? end : null,
    mime_type: mimeOf(offset === 0 ? bytes.subarray(0, 4096) : new Uint8Array(0), name),
    encoding: found === undefined ? 'base64' : 'utf8',
    text: found?.text ?? null
  }
}

function sentence(path: string, { size, offset, length, next_offset: next }: PartFields): string {
  if (offset === 0 && next === null) return `The ${size} bytes of ${path}:`
  const more = next === null ? 'this is the end' : `go on with offset ${next}`
  return `Bytes ${offset} to ${offset + length} of the ${size} of ${path}; ${more}:`
}

/** Collects the pieces of a stream. */
export async function collected(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = []
  for await (const piece of pieces) all.push(piece)
  return all.length === 1 ? all[0]! : Buffer.concat(all)
}
