/** Stores the pins of a home that are on no backend, where the policy asks for copies of them. */
import type { ArchiveBlocks } from '../content/archive-blocks.js'
import type { KitError } from '../core/errors.js'
import type { Mapping } from '../pins/mapping.js'
import { demandOn, lacking } from '../pins/placement.js'
import type { Pin } from '../store/pins.js'
import { withMappings } from './mappings-view.js'
import type { PinBackends } from './pin-backends.js'
import { asNew, type PinOutcome } from './pin-outcome.js'
import { newMapping } from './pin-store.js'
import type { Run } from './run.js'
import type { Services } from './services.js'
import { demandedHere, unplacedPins } from './unplaced-pins.js'
import type { PinWork } from './with-pin-work.js'

/** Copies that are planned before they are stored. */
const AT_ONCE = 10_000

/**
 * Keeps no more plans than that in memory, however many pins there are.
 * @param isMeant whether a backend may get copies.
 */
export async function placePins(
  { home, pinPolicy: policy }: Services,
  { backends, transfers }: PinWork,
  pins: Iterable<Pin>,
  blocks: ArchiveBlocks,
  { signal, warn, isMeant }: Pick<Run, 'signal' | 'warn'> & { readonly isMeant: (backend: string) => boolean } // prettier-ignore
): Promise<PinOutcome[]> {
  const places = await backends.places()
  const outcomes: PinOutcome[] = []
  let planned: Mapping[] = []
  const store = async (): Promise<void> => {
    for (const one of await transfers.store(planned.map(asNew), blocks, 'heal')) outcomes.push(one)
    planned = []
  }
  await withMappings(home, async (mappings) => {
    for await (const pin of unplacedPins(pins, mappings, signal)) {
      try {
        const demand = demandOn(policy, demandedHere(pin))
        planned.push(...copiesOf(pin, lacking(demand, places, NONE).filter(isMeant), backends))
      } catch (error) {
        warn((error as KitError).message)
      }
      if (planned.length >= AT_ONCE) await store()
    }
  })
  await store()
  return outcomes
}

const NONE: ReadonlySet<string> = new Set()

/** Returns new mappings, which are as old as the pin, and have its name. */
const copiesOf = (
  { cid, name, createdAt }: Pin,
  names: readonly string[],
  backends: PinBackends
): Mapping[] =>
  names.map((backend) => ({
    ...newMapping(cid, backend, backends),
    createdAt,
    fields: name === '' ? {} : { name }
  }))
