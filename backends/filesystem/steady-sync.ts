/**
 * Has the disk take in a long file while more of it comes. Otherwise it is written to memory as fast
 * as it comes, and all of it is waited for at the end.
 */
import type { FileHandle } from 'node:fs/promises'
import { withStepTime } from '../step-time.js'

/** Bytes after which the disk is asked again; it is behind by twice as many at most. */
const EVERY = 32 << 20
/** The time that it takes a disk to take in more than this is not its silence. */
const LONG_SYNC = 1 << 20

export class SteadySync {
  readonly #file: Pick<FileHandle, 'datasync' | 'sync'>
  readonly #signal: AbortSignal
  #total = 0
  #unasked = 0
  #underWay: Promise<void> = Promise.resolve()

  constructor(file: Pick<FileHandle, 'datasync' | 'sync'>, signal: AbortSignal) {
    this.#file = file
    this.#signal = signal
  }

  /** Says that so many bytes more are written; waits for the disk where it is too far behind. */
  async wrote(bytes: number): Promise<void> {
    this.#total += bytes
    this.#unasked += bytes
    if (this.#unasked < EVERY) return
    this.#unasked = 0
    await this.#inTime(() => this.#underWay)
    this.#underWay = this.#file.datasync()
    // The kernel tells an error of the disk once: it is kept until this is waited for.
    this.#underWay.catch(() => undefined)
  }

  /** Makes all of it durable. */
  async end(): Promise<void> {
    await this.#inTime(async () => {
      await this.#underWay
      await this.#file.sync()
    })
  }

  #inTime(sync: () => Promise<void>): Promise<void> {
    if (this.#total <= LONG_SYNC) return sync()
    return withStepTime(this.#signal, 'the disk takes in a file', sync)
  }
}
