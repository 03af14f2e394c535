/** Finds the packs and whole files of a store that have to be hashed. */
import { lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { systemCode } from '../core/errors.js'
import type { Turns } from '../core/turns.js'
import type { BlockStore } from './block-store.js'
import { parseId } from './layout.js'
import type { ObjectId } from './ports.js'
import { isAsSealed, NO_FILE, Seals, type Seal } from './seals.js'

/** What of the store has to be hashed. */
export interface Due {
  readonly objects: ReadonlySet<ObjectId>
  /** All packs and whole files that are known of, due or not. */
  readonly known: ReadonlySet<ObjectId>
  /** When the byte was hashed that waits longest, ms since 1970; undefined where that is unknown. */
  readonly hashedSince: number | undefined
}

export interface DueOptions {
  /** Ms since 1970: objects hashed earlier are due. */
  readonly before: number
  /** The same for those known to be damaged. */
  readonly retryBefore: number
  /** Whole files that the index names although no folder lists them. */
  readonly absent: ReadonlySet<ObjectId>
  readonly turns: Turns
}

export async function findDue({ layout, reader }: BlockStore, options: DueOptions): Promise<Due> {
  const { before, retryBefore, absent, turns } = options
  const seals = new Seals(layout.seals)
  const objects = new Set<ObjectId>()
  const known = new Set<ObjectId>()
  let hashedSince: number | undefined = Infinity
  const look = async (id: ObjectId, path: string): Promise<void> => {
    if (turns.isDue) await turns.take()
    known.add(id)
    const seal = seals.find(id)
    if (isDue(seal, path, before, retryBefore)) objects.add(id)
    if (seal === undefined || seal.isDamaged || objects.has(id)) hashedSince = undefined
    else if (hashedSince !== undefined) hashedSince = Math.min(hashedSince, seal.verifiedAt)
  }
  try {
    for (const { id } of reader.manifest.packs) await look(id, layout.pack(id))
    for (const folder of namesIn(layout.files))
      for (const name of namesIn(join(layout.files, folder))) {
        const id = parseId(name)
        // What lies in another folder is nothing that a record can name.
        if (id !== undefined && name.startsWith(folder)) await look(id, layout.file(id))
      }
    for (const id of absent) if (!known.has(id)) await look(id, layout.file(id))
  } finally {
    seals.close()
  }
  return { objects, known, hashedSince }
}

function isDue(seal: Seal | undefined, path: string, before: number, retryBefore: number): boolean {
  if (seal === undefined) return true
  if (seal.isDamaged) return seal.verifiedAt < retryBefore
  if (seal.verifiedAt < before) return true
  try {
    return !isAsSealed(seal, lstatSync(path))
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    return !isAsSealed(seal, NO_FILE)
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    return []
  }
}
