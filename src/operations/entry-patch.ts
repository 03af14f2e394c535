/** What the index is told of an entry of a DAG: of its name, its size and its type. */
import { basename } from 'node:path'
import { typeName } from '../content/adder.js'
import type { Content } from '../content/content.js'
import type { Profile } from '../content/profile.js'
import { DAG_PB, type Cid } from '../core/cid.js'
import { NotReady } from '../core/not-ready.js'
import { isKitError } from '../core/errors.js'
import type { Kind } from '../formats/block-kind.js'
import { decodePb, TSIZE_ABSENT } from '../formats/dag-pb.js'
import { HEAD, mimeOf } from '../metadata/mime-of.js'
import { FOLDER_TYPE, LINK_TYPE } from '../metadata/mime-types.js'
import type { IndexPatch, Settings } from '../metadata/patch.js'

export interface IndexedEntry {
  readonly cid: Cid
  readonly kind: Kind
  /** Bytes of a file. */
  readonly size: number
  /** Bytes of all blocks from here down; 0 where that is not known. */
  readonly tsize: number
  /** Its path; empty where it has none. */
  readonly path: string
  /** First bytes of a file. */
  readonly head: Uint8Array
}

/** @param profile by which the file was cut into blocks, where that is known. */
export function entryPatch(entry: IndexedEntry, at: number, profile?: Profile): IndexPatch {
  const { cid, kind, size, tsize, path, head } = entry
  const type = typeName(kind)
  const filename = path === '' ? null : basename(path)
  const shape = type === 'file' && profile !== undefined ? shapeOf(size, profile) : {}
  const set: Settings = {
    size_bytes: type === 'directory' ? tsize : size,
    mime_type: mimeType(type, head, filename),
    local: true,
    current_tier: 'local',
    ...shape
  }
  const suggest: Settings = filename === null ? {} : { filename, path }
  return { cid: String(cid), at, set, suggest }
}

function mimeType(
  type: ReturnType<typeof typeName>,
  head: Uint8Array,
  filename: string | null
): string {
  if (type === 'directory') return FOLDER_TYPE
  return type === 'symlink' ? LINK_TYPE : mimeOf(head, filename)
}

/** Returns how many blocks a file has, and how many of them its root links to. */
function shapeOf(size: number, { chunkSize, maxLinks }: Profile): Settings {
  let level = Math.max(1, Math.ceil(size / chunkSize))
  let blocks = level
  let links = 0
  while (level > 1) {
    links = level
    level = Math.ceil(level / maxLinks)
    blocks += level
    if (level > 1) links = level
  }
  return { blocks, links: Math.min(links, maxLinks) }
}

/** Describes content by its blocks that are here; undefined where its root is not. */
export function describedContent(
  content: Content,
  cid: Cid,
  path: string,
  at: number,
  tier = 'local'
): IndexPatch | undefined {
  try {
    const { kind, size } = content.stat(cid)
    const head = headOf(content, cid, size)
    const tsize = typeName(kind) === 'directory' ? bytesBelow(content, cid) : 0
    const patch = entryPatch({ cid, kind, size, tsize: tsize ?? 0, path, head }, at)
    const { size_bytes, ...known } = patch.set ?? {}
    const set = { ...(tsize === undefined ? known : { ...known, size_bytes }), current_tier: tier }
    return { ...patch, set: tier === 'local' ? set : { ...set, local: false } }
  } catch (error) {
    if (error instanceof NotReady || isKitError(error)) return undefined
    throw error
  }
}

/** Returns the bytes of a folder and of all below it, as its links tell; undefined where one does not. */
function bytesBelow(content: Content, cid: Cid): number | undefined {
  if (cid.codec !== DAG_PB) return undefined
  const block = content.blocks.get(cid)
  const { count, tsizes } = decodePb(block)
  let sum = block.length
  for (let i = 0; i < count; i++) {
    if (tsizes[i] === TSIZE_ABSENT) return undefined
    sum += tsizes[i]!
  }
  return Number.isSafeInteger(sum) ? sum : undefined
}

function headOf(content: Content, cid: Cid, size: number): Uint8Array {
  const head = new Uint8Array(Math.min(size, HEAD))
  try {
    return head.subarray(0, content.read(cid, 0, head, 0, head.length))
  } catch (error) {
    // A folder, or bytes that are not here.
    if (error instanceof NotReady || isKitError(error)) return new Uint8Array(0)
    throw error
  }
}
