/**
 * Keeps changes of the index until the content that they are about is published. Many of them wait in a file
 * without a name, so that a million entries take no memory and a crash leaves nothing.
 */
import { closeSync, readSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { makeDir, openOwn, writeFully } from '../core/fs-durable.js'
import type { IndexPatch } from '../metadata/patch.js'

/** Changes of one call to the owner. */
const BATCH = 2000

export class PatchSpool {
  readonly #folder: string
  #waiting: IndexPatch[] = []
  #fd: number | undefined
  /** Bytes of each batch in the file. */
  readonly #lengths: number[] = []

  /** @param home in which there is room for a file. */
  constructor(home: string) {
    this.#folder = join(home, 'index')
  }

  push(patch: IndexPatch): void {
    this.#waiting.push(patch)
    if (this.#waiting.length < BATCH) return
    const bytes = Buffer.from(JSON.stringify(this.#waiting))
    writeFully(this.#file(), bytes)
    this.#lengths.push(bytes.length)
    this.#waiting = []
  }

  #file(): number {
    if (this.#fd === undefined) {
      makeDir(this.#folder)
      const path = join(this.#folder, `entries-${process.pid}-${performance.now()}`)
      this.#fd = openOwn(path, 'keep')
      rmSync(path)
    }
    return this.#fd
  }

  /** Yields the changes in their order. */
  *batches(): Iterable<readonly IndexPatch[]> {
    let at = 0
    for (const length of this.#lengths) {
      const bytes = Buffer.alloc(length)
      readSync(this.#fd!, bytes, 0, length, at)
      at += length
      yield JSON.parse(bytes.toString('utf8')) as IndexPatch[]
    }
    if (this.#waiting.length > 0) yield this.#waiting
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd)
    this.#fd = undefined
  }
}
