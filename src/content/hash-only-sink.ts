import type { BlockSink } from '../store/ports.js'

/** A sink that stores nothing, for `add --only-hash`. */
export class HashOnlySink implements BlockSink {
  has(): boolean {
    return false
  }
  hasKey(): boolean {
    return false
  }
  readStored(): undefined {
    return undefined
  }
  put(): boolean {
    return true
  }
  createWhole(): { id: number; fd: number } {
    return { id: 0, fd: -1 }
  }
  putLeaf(): void {}
  keepWhole(): void {}
  dropWhole(): void {}
  putTable(): void {}
}
