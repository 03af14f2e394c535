/** `ipfs://{+path}`: files and folders of the content. */
import type { ReadResourceResult } from '@modelcontextprotocol/server'
import { KitError } from '../../core/errors.js'
import { cat } from '../../operations/cat.js'
import { ls } from '../../operations/ls.js'
import { nodeAt } from '../../operations/node-at.js'
import { pinList } from '../../operations/pin-list.js'
import { MOST_BYTES, MOST_ENTRIES } from '../bounds.js'
import { lastName } from '../content-path.js'
import { collected, partAnswer } from '../file-part.js'
import type { ToolContext } from '../tool.js'
import { beginning, jsonContents, namesOf, type ResourceKind } from './resource.js'

/** Pins that are looked through to complete a CID. */
const MOST_PINS = 10_000

export const contentResource: ResourceKind = {
  name: 'content',
  template: 'ipfs://{+path}',
  title: 'Content by CID',
  description: `A file of content-addressed storage at CID/path, or a folder as JSON. Of a large file the first ${MOST_BYTES} bytes come; ?offset=N goes on.`,
  read: async (uri, context) => {
    const path = `/ipfs/${namesOf(uri).join('/')}`
    const { cid, type, size } = await nodeAt(context.services, { path }, context.run)
    if (type !== 'directory') return await filePart(uri, { path, cid, size }, context)
    const listing = { path: `/ipfs/${cid}`, from: offsetOf(uri), limit: MOST_ENTRIES }
    const { entries, total, next } = await ls(context.services, listing, context.run)
    return jsonContents(uri, {
      entries: entries.map(({ name, type: kind, size: bytes, cid: link }) => ({ name, type: kind, size: bytes, cid: link })), // prettier-ignore
      total,
      next: next === null ? null : withOffset(uri, next)
    })
  },
  complete: { path: completePath }
}

/** @throws INVALID_ARGUMENT. */
function offsetOf(uri: URL): number {
  const text = uri.searchParams.get('offset') ?? '0'
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new KitError('INVALID_ARGUMENT', `offset=${text} is no number of bytes`)
}

function withOffset(uri: URL, offset: number): string {
  const next = new URL(uri)
  next.search = `?offset=${offset}`
  return next.href
}

async function filePart(
  uri: URL,
  { path, cid, size }: { readonly path: string; readonly cid: string; readonly size: number },
  { services, run }: ToolContext
): Promise<ReadResourceResult> {
  const offset = offsetOf(uri)
  const request = { path: `/ipfs/${cid}`, offset, length: MOST_BYTES }
  const bytes = await collected(cat(services, request, run))
  const { structured } = partAnswer({ uri: uri.href, path, name: lastName(path), size, offset, bytes }) // prettier-ignore
  const { text, mime_type: mimeType, next_offset: next } = structured
  const body = text === null ? { blob: Buffer.from(bytes).toString('base64') } : { text }
  const contents = [{ uri: uri.href, mimeType, ...body }]
  if (next === null) return { contents }
  const more = withOffset(uri, next)
  const told = `This is a part of ${size} bytes; the next one begins at ${more}`
  return { contents: [...contents, { uri: more, mimeType: 'text/plain', text: told }] }
}

/** Completes a pinned CID, or a name in a folder. */
async function completePath(typed: string, { services, run }: ToolContext): Promise<string[]> {
  const slash = typed.lastIndexOf('/')
  if (slash < 0) {
    const { pins } = await pinList(services, { limit: MOST_PINS }, run)
    return beginning(
      typed,
      pins.map(({ cid }) => cid)
    )
  }
  const folder = typed.slice(0, slash)
  const { entries } = await ls(services, { path: folder, limit: MOST_PINS }, run)
  return beginning(
    typed,
    entries.map(({ name, type }) => `${folder}/${name}${type === 'directory' ? '/' : ''}`)
  )
}
