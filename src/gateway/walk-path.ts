/** Follows a content path, and keeps the CIDs on the way: caches and verifying clients ask for them. */
import { findInHamt } from '../content/hamt-reader.js'
import { textOf } from '../core/bytes.js'
import type { Cid } from '../core/cid.js'
import { KitError } from '../core/errors.js'
import { printable } from '../core/printable.js'
import { Kind } from '../formats/block-kind.js'
import { asLink, decodeValue, isValueCodec } from '../formats/ipld-value.js'
import type { ContentView } from '../operations/content-view.js'

export interface Walked {
  /** The root, and what each name led to; the last one is what the path is about. */
  readonly roots: readonly Cid[]
  readonly cid: Cid
  /** What led from each root to the next: a name, for a value its last key. */
  readonly steps: readonly Uint8Array[]
  /** Names that lead to a value inside the last block, where they end at no link. */
  readonly inside: readonly string[]
}

/** @throws PATH_NOT_FOUND, BLOCK_NOT_FOUND, CORRUPT_FORMAT, NAME_TOO_LONG, and what fetching throws. */
export async function walkPath(
  view: ContentView,
  root: Cid,
  names: readonly Uint8Array[]
): Promise<Walked> {
  const roots = [root]
  const steps: Uint8Array[] = []
  let cid = root
  for (let i = 0; i < names.length;) {
    const step = await view.whenReady(() => stepFrom(view, cid, names.slice(i)))
    if (step.cid === undefined) return { roots, cid, steps, inside: step.inside }
    cid = step.cid
    roots.push(cid)
    i += step.used
    steps.push(names[i - 1]!)
  }
  return { roots, cid, steps, inside: [] }
}

interface Step {
  readonly cid: Cid | undefined
  readonly used: number
  readonly inside: readonly string[]
}

function stepFrom({ content }: ContentView, cid: Cid, names: readonly Uint8Array[]): Step {
  if (isValueCodec(cid.codec))
    return stepInValue(decodeValue(cid.codec, content.blocks.get(cid)), names)
  const name = names[0]!
  if (name.length > 255) throw new KitError('NAME_TOO_LONG', `a name of ${name.length} bytes`)
  const { kind } = content.stat(cid)
  if (kind !== Kind.DIRECTORY && kind !== Kind.HAMT)
    throw new KitError('PATH_NOT_FOUND', `${cid} is no folder, so there is no "${printable(name)}" in it`) // prettier-ignore
  const child = content.child(cid, name)
  if (child === undefined) throw nothing(printable(name))
  return { cid: child, used: 1, inside: [] }
}

function stepInValue(value: unknown, names: readonly Uint8Array[]): Step {
  const inside: string[] = []
  for (const name of names) {
    const key = textOf(name) ?? ''
    const holder = typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)
    if (!holder || !Object.hasOwn(value as object, key)) throw nothing(printable(name))
    value = (value as Record<string, unknown>)[key]
    inside.push(key)
    const link = asLink(value)
    if (link !== undefined) return { cid: link, used: inside.length, inside: [] }
  }
  return { cid: undefined, used: inside.length, inside }
}

const nothing = (name: string): KitError =>
  new KitError('PATH_NOT_FOUND', `there is no "${name}" in the folder that the path leads to; check the path`) // prettier-ignore

/** Returns the shards between a folder and one of its names. */
export function shardsOnTheWay({ content }: ContentView, folder: Cid, name: Uint8Array): Cid[] {
  if (isValueCodec(folder.codec) || content.stat(folder).kind !== Kind.HAMT) return []
  const shards: Cid[] = []
  findInHamt(folder, name, (cid) => {
    shards.push(cid)
    return content.blocks.get(cid)
  })
  return shards.slice(1)
}
