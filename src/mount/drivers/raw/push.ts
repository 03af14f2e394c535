/** The thread that stores the next siblings of small files in the kernel's page cache. */
import { writeSync } from 'node:fs'
import { isKitError, systemCode } from '../../../core/errors.js'
import { NotReady } from '../../../core/not-ready.js'
import type { Vfs } from '../../../../vfs/vfs.js'
import { NOTIFY_STORE, OUT_HEADER } from './protocol.js'
import { MAX_SMALL, type Siblings } from './siblings.js'

const STORE_HEADER = OUT_HEADER + 24
const FIRST_WINDOW = 16
const LAST_WINDOW = 512
const STREAMS = 4
/** A read this far behind the last stored file still goes on with its stream. */
const SLACK = 8

/** One reader that goes through a listing. */
interface Stream {
  /** Place of the last file that was stored, or read where none is stored yet. */
  frontier: number
  /** Files stored at a time; 0 until a second read shows that it is a stream. */
  window: number
  begin: number
}

export class Pusher {
  readonly #fd: number
  readonly #vfs: Vfs
  readonly #siblings: Siblings
  readonly #streams: Stream[] = []
  readonly #bytes = Buffer.from(new ArrayBuffer(STORE_HEADER + MAX_SMALL))

  constructor(fd: number, vfs: Vfs, siblings: Siblings) {
    this.#fd = fd
    this.#vfs = vfs
    this.#siblings = siblings
  }

  /** Work until the mount is gone. @param before as of the serving threads. */
  run(before: () => void): void {
    const siblings = this.#siblings
    for (let seen = 0; !siblings.stopped;) {
      siblings.waitForReads(seen)
      if (siblings.stopped) return
      seen = siblings.reads
      const place = siblings.placeOfRead(seen - 1)
      if (place < 0) continue
      if (!refreshed(before)) continue
      const stream = this.#streamAt(place)
      if (stream !== undefined && !this.#push(stream, place)) return
    }
  }

  /** The stream that a read goes on with; undefined where there is nothing to do. */
  #streamAt(place: number): Stream | undefined {
    const known = this.#streams.find(
      ({ begin, frontier }) => place >= begin && place <= frontier + SLACK
    )
    if (known === undefined) {
      if (this.#streams.length === STREAMS) this.#streams.shift()
      this.#streams.push({ begin: place, frontier: place, window: 0 })
      return undefined
    }
    // A read of what is being stored, or was: the reader is faster than we are.
    if (place <= known.frontier) return undefined
    known.window = known.window === 0 ? FIRST_WINDOW : Math.min(LAST_WINDOW, known.window * 2)
    return known
  }

  /** @returns whether the mount is still there. */
  #push(stream: Stream, place: number): boolean {
    const end = place + stream.window
    stream.frontier = end
    for (let next = place + 1; next <= end; next++) {
      const node = this.#siblings.nodeAt(next)
      if (node === 0) {
        // The listing goes on later, or elsewhere.
        stream.frontier = next - 1
        return true
      }
      if (!this.#store(node)) return false
    }
    return true
  }

  /** Held while it is stored: a node id must not be given to other content meanwhile. */
  #store(node: number): boolean {
    if (!this.#vfs.hold(node)) return true
    try {
      const length = this.#vfs.read(node, 0, this.#bytes, STORE_HEADER, MAX_SMALL)
      return this.#write(node, length)
    } catch (error) {
      // Who reads it himself is told what is wrong with it, or waits until it is here.
      const known = isKitError(error) || error instanceof NotReady
      if (!known && systemCode(error) === undefined) throw error
      return true
    } finally {
      this.#vfs.forget(node, 1)
    }
  }

  /** struct fuse_notify_store_out: node u64, offset u64, size u32, padding. */
  #write(node: number, length: number): boolean {
    const bytes = this.#bytes
    bytes.fill(0, 0, STORE_HEADER)
    bytes.writeUInt32LE(STORE_HEADER + length, 0)
    bytes.writeInt32LE(NOTIFY_STORE, 4)
    bytes.writeUInt32LE(node, 16)
    bytes.writeUInt32LE(length, 32)
    try {
      writeSync(this.#fd, bytes, 0, STORE_HEADER + length)
      return true
    } catch (error) {
      const code = systemCode(error)
      if (code === 'ENODEV' || code === 'ECONNABORTED') return false
      // ENOENT: the kernel has let go of the node. Anything else costs speed, nothing more.
      return true
    }
  }
}

/** A store that cannot be read now is no reason to end: the next reader is told. */
function refreshed(before: () => void): boolean {
  try {
    before()
    return true
  } catch (error) {
    if (!isKitError(error) && systemCode(error) === undefined) throw error
    return false
  }
}
