/** A file whose bytes a tree makes itself. What makes them says what they are; the rest is the same for all. */
import type { NodeStat } from '../../src/core/node-stat.js'
import { File } from './file.js'

export abstract class GeneratedFile extends File {
  /** Other bytes have another key. */
  readonly isFixed = true

  /** Its bytes, and since when they are these, ms since 1970. @throws NotReady, STALE. */
  protected abstract content(): { readonly bytes: Uint8Array; readonly changedAt: number }

  stat(): NodeStat {
    const { bytes, changedAt } = this.content()
    const mtime = { sec: Math.floor(changedAt / 1000), nsec: (changedAt % 1000) * 1_000_000 }
    return { type: 'file', size: bytes.length, mode: undefined, mtime }
  }

  read(position: number, target: Uint8Array, at: number, length: number): number {
    const part = this.content().bytes.subarray(position, position + length)
    target.set(part, at)
    return part.length
  }
}
