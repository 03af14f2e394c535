/**
 * The sizes of contents by their ids, kept on this machine: a tree does not tell them, and whoever asks
 * for one would have to fetch the content. An id is the hash of its content, so that its size never changes.
 */
import { appendFileSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { toKitError } from '../../src/core/errors.js'
import { readTextIfAny } from '../../src/core/read-file.js'

const LINE = /^([0-9a-f]{40}|[0-9a-f]{64}) (\d{1,15})$/

export class BlobSizes {
  #path: string | undefined
  #sizes: Map<string, number> | undefined

  /** Keeps them in a folder from now on. */
  keepIn(folder: string): void {
    this.#path = join(folder, 'blob-sizes')
    this.#sizes = undefined
  }

  get(blob: string): number | undefined {
    return this.#known().get(blob)
  }

  /** That the disk is full or cannot be written is no error. */
  note(blob: string, size: number): void {
    const known = this.#known()
    if (known.get(blob) === size) return
    known.set(blob, size)
    if (this.#path === undefined) return
    try {
      mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 })
      // A line of its own, whatever a process that was killed has left before it.
      appendFileSync(this.#path, `\n${blob} ${size}\n`, { mode: 0o600 })
    } catch (error) {
      if (!(error instanceof Error && 'syscall' in error)) throw error
    }
  }

  #known(): Map<string, number> {
    return (this.#sizes ??= this.#path === undefined ? new Map<string, number>() : loaded(this.#path)) // prettier-ignore
  }
}

function loaded(path: string): Map<string, number> {
  const sizes = new Map<string, number>()
  for (const line of (textOf(path) ?? '').split('\n')) {
    const [, blob, size] = LINE.exec(line) ?? []
    if (blob !== undefined) sizes.set(blob, Number(size))
  }
  return sizes
}

/** What cannot be read is as good as none: contents tell their sizes. */
function textOf(path: string): string | undefined {
  try {
    return readTextIfAny(path)
  } catch (error) {
    if (toKitError(error).code === 'INTERNAL') throw error
    return undefined
  }
}
