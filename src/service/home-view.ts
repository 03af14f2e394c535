/** A home as a file system, as one thread of an engine sees it. */
import type { Cid } from '../core/cid.js'
import type { KitError } from '../core/errors.js'
import type { Log } from '../core/log.js'
import { isContent, type ContentWant, type NotReady } from '../core/not-ready.js'
import { nextTurn } from '../core/turns.js'
import type { RehearsalContent, ServedVfs } from '../mount/driver.js'
import type { PinsView } from '../store/pins-view.js'
import type { StoreReader } from '../store/reader.js'
import type { Tree } from '../../vfs/tree.js'
import type { Vfs } from '../../vfs/vfs.js'

/** Raised by one at every change of the store or the pins, for the threads of an engine. */
export type Epoch = Int32Array<SharedArrayBuffer>

/** What came of preparing content. */
export interface Prepared {
  /** Bytes of a table that could not be stored. */
  readonly unsaved?: Uint8Array | undefined
  /** What the backends said where none of them has it. */
  readonly absent?: KitError | undefined
}

export interface HomeViewParts {
  readonly vfs: Vfs
  readonly rehearsal: RehearsalContent
  readonly trees: readonly Tree[]
  readonly store: StoreReader
  readonly pins: PinsView
  readonly epoch: Epoch
  readonly log: Log
  /** Fetches or builds content, on the thread that can. */
  readonly prepare: ((want: ContentWant, signal: AbortSignal) => Promise<Prepared>) | undefined
  readonly asked: (() => string) | undefined
  /** Keeps such bytes in the memory of this thread. */
  readonly adopt: (cid: Cid, unsaved: Uint8Array) => void
}

export class HomeView implements ServedVfs {
  readonly vfs: Vfs
  readonly probe: ServedVfs['probe']
  readonly log: Log
  readonly rehearsal: RehearsalContent
  readonly #parts: HomeViewParts
  /** The epoch that was taken up last. */
  #seen = -1

  constructor(parts: HomeViewParts) {
    const { vfs, store } = parts
    this.#parts = parts
    this.vfs = vfs
    this.log = parts.log
    this.rehearsal = parts.rehearsal
    this.probe = { path: store.layout.manifest, depth: store.stackingDepth() }
  }

  readonly refresh = (): boolean => {
    const { epoch, store, pins } = this.#parts
    const now = Atomics.load(epoch, 0)
    if (now === this.#seen) return false
    store.refresh()
    pins.refresh()
    // A refresh that throws is tried again.
    this.#seen = now
    return true
  }

  readonly prepare = async (
    { want }: NotReady,
    signal: AbortSignal
  ): Promise<KitError | undefined> => {
    const { trees, prepare, adopt } = this.#parts
    if (want.type === 'turn') await nextTurn()
    if (want.type === 'tree')
      await trees.find(({ name }) => name === want.tree)?.prepare?.(want.what, signal)
    if (!isContent(want)) return undefined
    const { unsaved, absent } = (await prepare?.(want, signal)) ?? {}
    if (unsaved !== undefined) adopt(want.cid, unsaved)
    return absent
  }

  readonly asked = (): string => this.#parts.asked?.() ?? 'nobody is asked here'
}
