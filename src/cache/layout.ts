/** Paths of a home's cache. */
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

  /** Returns the path of an object; its name includes the generation of its slot in the index. */
  object(slot: number, generation: number): string {
    return join(this.objects, `${slot}-${generation}`)
  }
}
