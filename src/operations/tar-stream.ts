/** A file or folder as a stream of tar. */
import { copyOf, utf8 } from '../core/bytes.js'
import { Cid } from '../core/cid.js'
import { KitError } from '../core/errors.js'
import { printable } from '../core/printable.js'
import { Turns } from '../core/turns.js'
import { isShowable } from '../content/dir-table.js'
import { Kind } from '../formats/block-kind.js'
import { decodePb, linkCid, linkName } from '../formats/dag-pb.js'
import { TAR_END, tarHead, tarPadding, type TarEntry } from '../formats/tar-entry.js'
import type { ContentView } from './content-view.js'
import { throwIfAborted, type Run } from './run.js'

const PIECE = 1 << 20
/** Entries of an archive that are planned ahead: the plan is in memory. */
const MAX_ENTRIES = 1_000_000

export interface PlannedEntry {
  readonly path: Uint8Array
  readonly cid: Cid
}

/**
 * Lists what an archive of a node has, parents first. Names may be paths, as archives of others have them, as
 * long as they stay below the root.
 * @param name of the node in the archive.
 * @throws UNSUPPORTED for a name that leads out of the root, INVALID_ARGUMENT for what is no UnixFS,
 * TOO_LARGE, and what reading folders throws.
 */
export async function planTar(
  view: ContentView,
  cid: Cid,
  name: string,
  run: Run
): Promise<PlannedEntry[]> {
  const plan: PlannedEntry[] = []
  const open: PlannedEntry[] = [{ path: utf8(name), cid }]
  const turns = new Turns(run.signal)
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (turns.isDue) await turns.take()
    if (plan.push(next) > MAX_ENTRIES)
      throw new KitError(
        'TOO_LARGE',
        `an archive has ${MAX_ENTRIES} entries at most; ask for a folder below`
      )
    const { cid: own, path } = next
    const { kind } = await view.whenReady(() => view.content.stat(own))
    if (kind === Kind.OPAQUE) throw new KitError('INVALID_ARGUMENT', `${own} is neither file nor folder, so it has no place in a tar archive`) // prettier-ignore
    if (kind !== Kind.DIRECTORY && kind !== Kind.HAMT) continue
    const children = await view.whenReady(() => childrenOf(view, own, kind))
    for (const child of children.reverse())
      open.push({ cid: child.cid, path: joined(path, child.name, name.length) })
  }
  return plan
}

interface Child {
  readonly name: Uint8Array
  readonly cid: Cid
}

/** The names of a plain folder are read as they stand: a table hides those that no file can have. */
function childrenOf({ content }: ContentView, cid: Cid, kind: Kind): Child[] {
  if (kind === Kind.HAMT) {
    const table = content.directory(cid)
    return Array.from({ length: table.count }, (_, i) => ({
      name: copyOf(table.name(i)),
      cid: table.cid(i)
    }))
  }
  const table = content.directory(cid)
  if (table.hidden === 0)
    return Array.from({ length: table.count }, (_, i) => ({
      name: copyOf(table.name(i)),
      cid: table.cid(i)
    }))
  const node = decodePb(content.blocks.get(cid))
  return Array.from({ length: node.count }, (_, i) => ({
    name: copyOf(linkName(node, i)),
    cid: Cid.decode(copyOf(linkCid(node, i)))
  }))
}

/** @param least bytes of the path that must stay: the name of the root. */
function joined(path: Uint8Array, name: Uint8Array, least: number): Uint8Array {
  if (isShowable(name, 0, name.length)) return Buffer.concat([path, utf8('/'), name])
  const parts = Buffer.from(path).toString('latin1').split('/')
  const root = Buffer.from(path.subarray(0, least)).toString('latin1').split('/').length
  for (const part of Buffer.from(name).toString('latin1').split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') parts.push(part)
    else if (parts.length > root) parts.pop()
    else
      throw new KitError(
        'UNSUPPORTED',
        `"${printable(name)}": relative UnixFS paths outside the root are now allowed`
      )
  }
  if (parts.length <= root)
    throw new KitError(
      'UNSUPPORTED',
      `"${printable(name)}": relative UnixFS paths outside the root are now allowed`
    )
  return Buffer.from(parts.join('/'), 'latin1')
}

/** Yields the archive of a plan. @throws what reading the files throws. */
export async function* tarStream(
  view: ContentView,
  plan: readonly PlannedEntry[],
  run: Run
): AsyncGenerator<Uint8Array, void, undefined> {
  for (const { path, cid } of plan) {
    throwIfAborted(run)
    const stat = await view.whenReady(() => view.content.stat(cid))
    const isFolder = stat.type === 'directory'
    const entry: TarEntry = {
      path,
      type: stat.type,
      size: stat.type === 'file' ? stat.size : 0,
      mode: stat.mode ?? (isFolder ? 0o755 : 0o644),
      mtime: stat.mtime?.sec ?? 0,
      ...(stat.type === 'symlink' ? { target: view.content.readlink(cid) } : {})
    }
    yield tarHead(entry)
    if (stat.type !== 'file') continue
    for (let at = 0; at < stat.size;) {
      const bytes = Buffer.allocUnsafe(Math.min(PIECE, stat.size - at))
      const position = at
      const count = await view.whenReady(() =>
        view.content.read(cid, position, bytes, 0, bytes.length)
      )
      if (count === 0) throw new KitError('IO', `${cid} ends before its size says so`)
      yield bytes.subarray(0, count)
      at += count
    }
    yield tarPadding(stat.size)
  }
  yield TAR_END
}
