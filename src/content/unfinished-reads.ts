/**
 * The bytes of reads that need more than one turn of their thread: a file of tiny parts has so many
 * in one read that others would wait for it. The read is asked for again, and goes on from here.
 */
import { copyOf } from '../core/bytes.js'
import type { Cid } from '../core/cid.js'

/** Bytes that are kept in all. What has no room begins again, so that the others come to an end. */
const MAX_BYTES = 8 << 20
/** After this time nobody asks for the rest of a read: its reader was interrupted. */
const ABANDONED_MS = 2000

/** How far a read has come. */
export interface ReadProgress {
  /** Bytes that are read, from the beginning of the read on. */
  readonly bytes: Uint8Array
  /** Links that were decoded for it. */
  readonly decodedLinks: number
}

interface KeptRead extends ReadProgress {
  readonly keptAt: number
}

export class UnfinishedReads {
  readonly #reads = new Map<string, KeptRead>()
  #bytes = 0

  /** Returns how far a read has come, and forgets it; undefined for a new one. */
  take(cid: Cid, position: number, length: number): ReadProgress | undefined {
    // Nearly always there is none, and the key costs more than looking.
    return this.#reads.size === 0 ? undefined : this.#remove(keyOf(cid, position, length))
  }

  /** Keeps a copy of how far a read has come, where there is room. */
  keep(cid: Cid, position: number, length: number, { bytes, decodedLinks }: ReadProgress): void {
    const now = performance.now()
    for (const [key, { keptAt }] of this.#reads) if (now - keptAt > ABANDONED_MS) this.#remove(key)
    if (this.#bytes + bytes.length > MAX_BYTES) return
    this.#bytes += bytes.length
    const read = { bytes: copyOf(bytes), decodedLinks, keptAt: now }
    this.#reads.set(keyOf(cid, position, length), read)
  }

  #remove(key: string): KeptRead | undefined {
    const read = this.#reads.get(key)
    if (read === undefined) return undefined
    this.#reads.delete(key)
    this.#bytes -= read.bytes.length
    return read
  }
}

const keyOf = (cid: Cid, position: number, length: number): string =>
  `${cid.mapKey} ${position} ${length}`
