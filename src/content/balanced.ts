/**
 * The balanced layout: leaves in order, at most `maxLinks` to a node, level upon level until
 * one node is left. Memory is one open node per level, whatever the size of the file.
 */
import type { Added, NodeWriter } from './node-writer.js'
import type { Metadata } from '../formats/unixfs.js'

export class BalancedBuilder {
  readonly #writer: NodeWriter
  /** Open parts per level, and how many parts each level has had in all. */
  readonly #levels: { parts: Added[]; total: number }[] = []

  constructor(writer: NodeWriter) {
    this.#writer = writer
  }

  push(part: Added, level = 0): void {
    const at = (this.#levels[level] ??= { parts: [], total: 0 })
    // A full node is closed only when more follows: the last one may be the root.
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

  /** The root over at least two leaves (or one, given metadata elsewhere). */
  finish(metadata: Metadata, whole?: number): Added {
    for (let level = 0; ; level++) {
      const at = this.#levels[level]!
      if (at.total === at.parts.length) return this.#writer.fileNode(at.parts, metadata, whole)
      this.#close(level)
    }
  }
}
