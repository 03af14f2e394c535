/** The check of an archive by itself: every hash, and every link below its roots. */
import type { CarReader } from '../formats/car-reader.js'
import { IndexChecker } from '../formats/car-index-checker.js'
import { copyOf, EMPTY, toHex } from '../core/bytes.js'
import { verifyBlock, type Cid } from '../core/cid.js'
import { isKitError } from '../core/errors.js'
import { KeySet } from '../core/key-set.js'
import { inTurns } from '../core/turns.js'
import { Kind } from '../formats/block-kind.js'
import { decodePb, linkName } from '../formats/dag-pb.js'
import { describeBlock } from '../formats/describe-block.js'
import { decodeUnixFs } from '../formats/unixfs.js'
import { isShowable } from './dir-table.js'
import { slotWidth } from './hamt-slots.js'
import { linksToStored } from '../formats/links.js'
import { walk } from './walk.js'

export interface BadBlock {
  readonly offset: number
  readonly cid: Cid
  readonly reason: string
}

export interface VerifyReport {
  readonly roots: readonly Cid[]
  readonly blocks: number
  readonly bad: readonly BadBlock[]
  readonly missing: readonly Cid[]
  /** Blocks whose links cannot be read, so that others may be missing unseen; the first few. */
  readonly unreadable: readonly { readonly cid: Cid; readonly reason: string }[]
  /** Number of directory entries whose names cannot be file names. */
  readonly hidden: number
}

export interface VerifyOptions {
  readonly signal: AbortSignal
  readonly onBytes: (count: number) => void
  readonly warn: (message: string) => void
}

/** Number of unreadable blocks that are named. */
const MAX_UNREADABLE = 100

/**
 * Checks an archive with 32 bytes of memory per block and link. Only if a linked block is missing,
 * the archive is read again from its roots, because missing blocks that no root leads to are fine.
 * @throws CORRUPT_FORMAT if the archive cannot be read to its end; the reason of the signal.
 */
export async function verifyCar(
  reader: CarReader,
  { signal, onBytes, warn }: VerifyOptions
): Promise<VerifyReport> {
  const bad: BadBlock[] = []
  const unreadable: { cid: Cid; reason: string }[] = []
  const present = new KeySet()
  const linked = new KeySet()
  const checker = new IndexChecker(reader, warn)
  let blocks = 0
  let hidden = 0
  const note = (cid: Cid, block: Uint8Array): void => {
    const links = linksToStored(cid, block)
    for (const link of links.cids) linked.add(link.key)
    if (links.answer === 'unknown' && unreadable.length < MAX_UNREADABLE)
      unreadable.push({ cid, reason: links.reason })
  }
  for await (const { cid, block, offset } of inTurns(reader.sections(), signal)) {
    blocks++
    onBytes(block.length)
    checker.check(cid, offset)
    try {
      verifyBlock(cid, block)
      present.add(cid.key)
    } catch (error) {
      if (!isKitError(error)) throw error
      bad.push({ offset, cid, reason: error.message })
      continue
    }
    note(cid, block)
    hidden += hiddenNames(cid, block)
  }
  for (const root of reader.header.roots)
    if (!root.isIdentity) linked.add(root.key)
    else note(root, root.identityBlock)
  const missing = isWhole(linked, present) ? [] : await missingBelowRoots(reader, present, signal)
  return { roots: reader.header.roots, blocks, bad, missing, unreadable, hidden }
}

/** Lists the missing blocks below the roots. @param present keys of the sound blocks. */
async function missingBelowRoots(
  reader: CarReader,
  present: KeySet,
  signal: AbortSignal
): Promise<Cid[]> {
  const places = new Map<string, number>()
  for await (const { cid, offset } of inTurns(reader.sections(), signal))
    if (present.has(cid.key)) places.set(toHex(cid.key), offset)
  const load = (cid: Cid): Uint8Array | undefined => {
    if (cid.isIdentity) return cid.identityBlock
    const offset = places.get(toHex(cid.key))
    return offset === undefined ? undefined : copyOf(reader.sectionAt(offset).block)
  }
  const missing: Cid[] = []
  for await (const { cid, block } of inTurns(walk(reader.header.roots, load), signal))
    if (block === undefined) missing.push(cid)
  return missing
}

/** Counts the names of a directory node that cannot be shown; in a shard they follow its digits. */
function hiddenNames(cid: Cid, block: Uint8Array): number {
  const { kind } = describeBlock(cid.codec, block)
  if (kind !== Kind.DIRECTORY && kind !== Kind.HAMT) return 0
  const node = decodePb(block)
  const prefix = kind === Kind.HAMT ? slotWidth(decodeUnixFs(node.data ?? EMPTY).fanout ?? 0) : 0
  let hidden = 0
  for (let i = 0; i < node.count; i++) {
    const name = linkName(node, i)
    const isShard = kind === Kind.HAMT && name.length === prefix
    if (!isShard && !isShowable(name, prefix, name.length - prefix)) hidden++
  }
  return hidden
}

function isWhole(linked: KeySet, present: KeySet): boolean {
  for (const key of linked) if (!present.has(key)) return false
  return true
}
