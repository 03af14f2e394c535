/** What is damaged in the store, from one look of the scrub to the next, which sees a part of it. */
import { basename } from 'node:path'
import { parseId } from '../store/layout.js'
import type { ObjectId } from '../store/ports.js'
import { recordName } from '../store/record.js'
import type { Due } from '../store/scrub-due.js'
import type { DamagedBlock, ScrubReport } from '../store/scrub-report.js'
import { objectOf, type Fault } from '../store/scrub.js'

/** Damaged blocks that a report names. */
const MAX_NAMED = 20

export class DamageList {
  /** Damaged blocks of each pack and whole file. */
  readonly #counts = new Map<ObjectId, number>()
  #named: readonly DamagedBlock[]

  constructor({ damaged }: ScrubReport) {
    this.#named = damaged
    for (const { path } of damaged) this.#count(idOf(path))
  }

  /**
   * Takes what a look has found; what it had no reason to look at stays as it was.
   * @param segments paths of damaged index segments.
   */
  update(
    { objects, known }: Due,
    segments: readonly string[],
    faults: readonly Fault[]
  ): Pick<ScrubReport, 'damaged' | 'damagedBlocks'> {
    const isKept = (id: ObjectId): boolean => known.has(id) && !objects.has(id)
    for (const id of this.#counts.keys()) if (!isKept(id)) this.#counts.delete(id)
    for (const fault of faults) this.#count(objectOf(fault))
    this.#named = [
      ...segments.map((path) => ({ cid: '', path, reason: 'the index is damaged' })),
      ...this.#named.filter(({ path }) => isKept(idOf(path))),
      ...faults
        .slice(0, MAX_NAMED)
        .map(({ key, record, path, reason }) => ({ cid: recordName(key, record), path, reason }))
    ].slice(0, MAX_NAMED)
    let damagedBlocks = segments.length
    for (const count of this.#counts.values()) damagedBlocks += count
    return { damaged: this.#named, damagedBlocks }
  }

  #count(id: ObjectId): void {
    this.#counts.set(id, (this.#counts.get(id) ?? 0) + 1)
  }
}

/** Returns the id of a pack, whole file or segment by its path; 0 for another file. */
const idOf = (path: string): ObjectId => parseId(basename(path).slice(0, 13)) ?? 0
