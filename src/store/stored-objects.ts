/** The packs and whole files of the store, as the sweep of gc counts them. */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { ifPresent } from '../core/fs-durable.js'
import type { BlockStore } from './block-store.js'
import { parseId } from './layout.js'
import { namesIn } from './names-in.js'
import type { ObjectId } from './ports.js'

/** A pack or whole file, and the records that lie in it. */
export interface StoredObject {
  readonly id: ObjectId
  readonly isPack: boolean
  /** Bytes on disk. */
  readonly bytes: number
  liveBytes: number
  dead: number
  /** Positions of its live records, if they have to move. */
  readonly moving: number[]
}

/** Lists the packs of the manifest, and the whole files on disk, those of a failed publish included. */
export function storedObjects({ layout, reader }: BlockStore): Map<ObjectId, StoredObject> {
  const objects = new Map<ObjectId, StoredObject>()
  const add = (id: ObjectId, isPack: boolean, bytes: number): void =>
    void objects.set(id, { id, isPack, bytes, liveBytes: 0, dead: 0, moving: [] })
  for (const { id, bytes } of reader.manifest.packs) add(id, true, bytes)
  for (const folder of namesIn(layout.files))
    for (const name of namesIn(join(layout.files, folder))) {
      const id = parseId(name)
      const bytes = id === undefined ? undefined : ifPresent(() => statSync(layout.file(id)).size)
      if (id !== undefined && bytes !== undefined) add(id, false, bytes)
    }
  return objects
}
