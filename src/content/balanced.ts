/**
 * The balanced layout: leaves in order, at most `maxLinks` per node, in levels up to one root. It
 * needs the memory of one open node per level, whatever the size of the file.
 */
import type { Added, NodeWriter } from './node-writer.js'
import type { Metadata } from '../formats/unixfs.js'

/** The builder of one file's nodes. */
export class BalancedBuilder {
  readonly #writer: NodeWriter
  /** Open parts per level, and how many parts each level has had in all. */
  readonly #levels: { parts: Added[]; total: number }[] = []

  constructor(writer: NodeWriter) {
    this.#writer = writer
  }

  /** Appends a leaf, or on a higher level a finished node. */
  push(part: Added, level = 0): void {
    const at = (this.#levels[level] ??= { parts: [], total: 0 })
    // A full node is closed only when another part follows, because the last may be the root.
    if (at.parts.length === this.#writer.profile.maxLinks) this.#close(level)
    at.parts.push(part)
    at.total++
  }

  #close(level: number): void {
    const at = this.#levels[level]!
    const node = this.#writer.fileNode(at.parts, {})
    at.parts = []
    this.push(node, level + 1)
  }

  /** Returns the root, which gets the metadata. At least one leaf must have been pushed. */
  finish(metadata: Metadata, whole?: number): Added {
    for (let level = 0; ; level++) {
      const at = this.#levels[level]!
      if (at.total === at.parts.length) return this.#writer.fileNode(at.parts, metadata, whole)
      this.#close(level)
    }
  }
}
