/** Paths of the block store below a home directory. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { ObjectId } from './ports.js'

/**
 * Returns a random id for a pack, whole file, index segment or session. Random ids need no
 * coordination between writing processes; file names spell them as 13 hex digits.
 */
export function newId(): ObjectId {
  const bytes = randomBytes(7)
  return bytes.readUIntBE(0, 6) * 16 + (bytes[6]! & 15) || 1
}

export const idText = (id: ObjectId): string => id.toString(16).padStart(13, '0')

export const parseId = (text: string): ObjectId | undefined =>
  /^[0-9a-f]{13}$/.test(text) ? Number.parseInt(text, 16) : undefined

/** Paths of one store. Unfinished objects are in `incoming`, finished ones in the other folders. */
export class StoreLayout {
  readonly home: string
  readonly root: string
  readonly packs: string
  readonly files: string
  readonly index: string
  readonly tables: string
  readonly incoming: string
  readonly manifest: string
  readonly pins: string
  /** What the files of the store looked like when their bytes were last known to be right. */
  readonly seals: string
  /** Room that is kept for deleting on a full disk. */
  readonly reserve: string
  /** Lock that writing sessions hold shared, gc and repair exclusively. */
  readonly writersLock: string

  constructor(home: string) {
    this.home = home
    this.root = join(home, 'blocks')
    this.packs = join(this.root, 'packs')
    this.files = join(this.root, 'files')
    this.index = join(this.root, 'index')
    this.tables = join(this.root, 'tables')
    this.incoming = join(this.root, 'incoming')
    this.manifest = join(this.root, 'MANIFEST')
    this.pins = join(this.root, 'pins.log')
    this.seals = join(this.root, 'seals')
    this.reserve = join(this.root, 'reserve')
    this.writersLock = join(this.root, 'writers.lock')
  }

  pack(id: ObjectId): string {
    return join(this.packs, `${idText(id)}.car`)
  }

  file(id: ObjectId): string {
    const text = idText(id)
    return join(this.files, text.slice(0, 2), text)
  }

  segment(id: ObjectId): string {
    return join(this.index, `${idText(id)}.idx`)
  }

  /** Returns the path of the table of a HAMT directory, by the key of its root in hex. */
  table(keyHex: string): string {
    return join(this.tables, keyHex.slice(0, 2), `${keyHex}.dir`)
  }

  session(id: ObjectId): string {
    return join(this.incoming, idText(id))
  }
}
