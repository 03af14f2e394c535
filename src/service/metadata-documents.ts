/** Documents of `metadata/`: what is known of a CID, of backends, of the cache. Each snapshot is a file of its own. */
import { LRUCache } from 'lru-cache'
import { utf8 } from '../core/bytes.js'
import { KitError } from '../core/errors.js'
import { NotReady } from '../core/not-ready.js'
import { printableJson } from '../core/printable.js'
import type { Snapshot, SnapshotsPort } from '../../vfs/ports.js'

/** How long a snapshot counts as the newest. */
const FRESH_MS = 1000
const MAX_KEPT = 256
/** Longest name of a document: a CID and its extension. */
const MAX_NAME = 200

/** Returns plain data for a document; undefined where there is no such document. */
export type MakeDocument = (name: string) => Promise<unknown>

const onMainThread = (what: string): NotReady =>
  new NotReady({ type: 'tree', tree: 'metadata', what })

/** For every other thread, where the request is passed to the main thread. */
export const METADATA_ON_MAIN_THREAD: SnapshotsPort = {
  find: (name) => {
    throw onMainThread(name)
  },
  at: (serial) => {
    throw onMainThread(`#${serial}`)
  },
  prepare: () => Promise.reject(new KitError('INTERNAL', 'documents are made on the main thread'))
}

interface Made {
  readonly snapshot: Snapshot | undefined
  readonly at: number
}

export class MetadataDocuments implements SnapshotsPort {
  readonly #make: MakeDocument
  readonly #made = new Map<string, Made>()
  readonly #kept = new LRUCache<number, Snapshot>({ max: MAX_KEPT })
  #serial = 0

  constructor(make: MakeDocument) {
    this.#make = make
  }

  find(name: string): Snapshot | undefined {
    if (name.length > MAX_NAME) return undefined
    const made = this.#made.get(name)
    if (made === undefined || performance.now() - made.at > FRESH_MS || !this.#isKept(made.snapshot)) throw onMainThread(name) // prettier-ignore
    return made.snapshot
  }

  /** A snapshot that is used is kept longer than others. */
  #isKept(snapshot: Snapshot | undefined): boolean {
    return snapshot === undefined || this.#kept.get(snapshot.serial) !== undefined
  }

  at(serial: number): Snapshot {
    const found = this.#kept.get(serial)
    if (found === undefined) throw new KitError('STALE', `snapshot ${serial} is no longer kept`)
    return found
  }

  async prepare(name: string): Promise<void> {
    // Only the wait for this thread was asked for.
    if (name.startsWith('#')) return
    const before = this.#made.get(name)?.snapshot
    const document = await this.#make(name)
    const snapshot = document === undefined ? undefined : this.#snapshot(document, before)
    if (this.#made.size >= MAX_KEPT) this.#made.clear()
    this.#made.set(name, { snapshot, at: performance.now() })
  }

  /** Returns a snapshot; the one before where it says the same and is kept. */
  #snapshot(document: unknown, before: Snapshot | undefined): Snapshot {
    const bytes = utf8(`${printableJson(document, 2)}\n`)
    if (before !== undefined && this.#isKept(before) && Buffer.compare(before.bytes, bytes) === 0) return before // prettier-ignore
    const snapshot = { serial: ++this.#serial, bytes, takenAt: Date.now() }
    this.#kept.set(snapshot.serial, snapshot)
    return snapshot
  }
}
