/**
 * Records what happens to content in the metadata index of a home, which is opened when it is first needed, and anew
 * when its log had to be.
 */
import { setImmediate as turn } from 'node:timers/promises'
import { Cid } from '../core/cid.js'
import { isKitError, toKitError } from '../core/errors.js'
import { inTurns } from '../core/turns.js'
import type { IndexLog } from '../metadata/index-log.js'
import { indexFolder } from '../metadata/index-files.js'
import type { IndexPatch } from '../metadata/patch.js'
import { gonePatch } from '../metadata/pin-patch.js'
import type { HomeLog, OpenHomeLog } from './home-log.js'
import { Reopened, type Opening } from './reopened.js'

/** Records after which other work gets its turn. */
const TURN = 1000
/** Changes that are recorded together. */
const BATCH = 2000

export class IndexRecorder {
  readonly #home: string
  readonly #log: HomeLog
  readonly #opened: Reopened<IndexLog>
  #reads = new Map<string, number>()

  constructor(home: string, log: HomeLog) {
    this.#home = home
    this.#log = log
    this.#opened = new Reopened(() => this.#opening())
  }

  /** Changes records; resolves when that is durable. @throws NO_SPACE, IO and the like. */
  async record(patches: readonly IndexPatch[]): Promise<void> {
    await this.#opened.use((index) => index.change(patches))
    for (const { cid, accesses } of patches)
      if (accesses !== undefined) this.#reads.set(cid, accesses.last)
  }

  /** Whether reads were recorded that nobody took. */
  get hasReads(): boolean {
    return this.#reads.size > 0
  }

  /** Takes the reads that were recorded since the last call: when each was, ms since 1970, by CID. */
  takeReads(): ReadonlyMap<string, number> {
    const taken = this.#reads
    this.#reads = new Map()
    return taken
  }

  /** Returns when all content was read last, as far as it ever was: ms since 1970, by CID. Takes its turns. */
  lastReads(signal: AbortSignal): Promise<ReadonlyMap<string, number>> {
    return this.#opened.use(async ({ index }) => {
      const reads = new Map<string, number>()
      for await (const { cid, last_accessed: last } of inTurns(index.lastReads(), signal))
        if (last !== null) reads.set(cid, last)
      return reads
    })
  }

  /** Records what followed from another change, which is not undone where this fails. */
  async note(patches: readonly IndexPatch[]): Promise<void> {
    if (patches.length === 0) return
    try {
      await this.record(patches)
    } catch (error) {
      const { message } = toKitError(error)
      this.#log.warn(`the metadata index lacks a change (${message}); \`ipfs-kit metadata refresh\` brings it up to date`) // prettier-ignore
    }
  }

  /** Records that content is no longer here. That this fails is told, and undoes nothing. */
  async noteGone(isHere: (cid: Cid) => boolean, at: number): Promise<void> {
    try {
      const gone = await this.#opened.use(({ index }) => gonePatches(index.all(), isHere, at))
      for (let i = 0; i < gone.length; i += BATCH) await this.record(gone.slice(i, i + BATCH))
    } catch (error) {
      this.#log.warn(`the metadata index tells of content that is gone (${toKitError(error).message}); \`ipfs-kit metadata refresh\` brings it up to date`) // prettier-ignore
    }
  }

  /** Writes the partitions where many changes wait; with `all`, where any does. */
  settle(all: boolean): Promise<void> {
    return this.#opened.use((index) => (all ? index.compact() : index.settle()))
  }

  /** Returns how many changes the files lack. */
  pending(): Promise<number> {
    return this.#opened.use(({ index }) => index.pending)
  }

  async #opening(): Promise<Opening<IndexLog>> {
    const log = await this.#log.open()
    return { given: [log], open: () => openIndex(this.#home, log) }
  }

  /** Waits for what is being written, and lets go of the index. Never rejects. */
  close(): Promise<void> {
    return this.#opened.close()
  }
}

async function openIndex(home: string, { wal }: OpenHomeLog): Promise<IndexLog> {
  const { IndexLog } = await import('../metadata/index-log.js')
  return await IndexLog.open(indexFolder(home), wal)
}

/** Returns what tells of content that is no longer here. */
async function gonePatches(
  records: Iterable<Parameters<typeof gonePatch>[0]>,
  isHere: (cid: Cid) => boolean,
  at: number
): Promise<IndexPatch[]> {
  const gone: IndexPatch[] = []
  let seen = 0
  for (const record of records) {
    if (++seen % TURN === 0) await turn()
    if (record.local === true && !isStored(record.cid, isHere)) gone.push(gonePatch(record, at))
  }
  return gone
}

/** Content of a CID that is none was never here. */
function isStored(cid: string, isHere: (cid: Cid) => boolean): boolean {
  try {
    return isHere(Cid.parse(cid))
  } catch (error) {
    if (isKitError(error)) return false
    throw error
  }
}
