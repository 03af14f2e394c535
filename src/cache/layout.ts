/** Where the cache of a home keeps what. */
import { join } from 'node:path'

export class CacheLayout {
  readonly root: string
  readonly index: string
  readonly objects: string

  constructor(home: string) {
    this.root = join(home, 'cache')
    this.index = join(this.root, 'index')
    this.objects = join(this.root, 'objects')
  }

  /** A file of the disk tier: its name says which life of its place in the index it is. */
  object(slot: number, generation: number): string {
    return join(this.objects, `${slot}-${generation}`)
  }
}
