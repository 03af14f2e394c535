/** The pins of a home that are on no backend, of which a policy may ask for copies, too. */
import { isCid } from '../content/cid-path.js'
import { inTurns } from '../core/turns.js'
import type { PinMappings } from '../pins/pin-mappings.js'
import type { PinPolicy, PlacedPin } from '../pins/placement.js'
import type { Pin } from '../store/pins.js'

/** Whether a policy asks for copies of any pin. */
export const asksForCopies = ({ standard, rules }: PinPolicy): boolean =>
  standard.replicas > 0 || standard.required.length > 0 || rules.length > 0

/** Lists recursive pins that no backend has a mapping of, in turns; no mapping is decoded. */
export async function* unplacedPins(
  pins: Iterable<Pin>,
  mappings: PinMappings,
  signal: AbortSignal
): AsyncGenerator<Pin, void, undefined> {
  for await (const pin of inTurns(pins, signal))
    // `fsck` reports a pin that is no CID.
    if (pin.type === 'recursive' && !mappings.has(pin.cid) && isCid(pin.cid)) yield pin
}

/** Returns what a policy looks at in a pin that no backend has: its archive has no size yet. */
export function demandedHere({ cid, createdAt }: Pin): PlacedPin {
  const age = Date.now() - Date.parse(createdAt)
  return { cid, tags: [], size: undefined, age, unread: age }
}
