/** The pins of versions. A CID has one pin, and several datasets, or a user, may want it kept. */
import type { DatasetRecord, VersionRecord } from '../datasets/dataset-record.js'
import { StoreLayout } from '../store/layout.js'
import { readPins, type Pin } from '../store/pins.js'
import type { Run } from './run.js'
import type { Services } from './services.js'
import { newPin } from './with-write-session.js'

const pinName = (name: string, version: number): string => `${name}@v${version}`

/** Returns the pin that keeps a version; none where one keeps it already, which stays whose it is. */
export function pinsFor(home: string, name: string, { cid, version }: VersionRecord): Pin[] {
  const known = readPins(new StoreLayout(home).pins).get(cid)
  return known?.type === 'recursive' ? [] : [newPin(cid, 'recursive', pinName(name, version))]
}

/** Lets go of the pins of versions that were forgotten. @param kept what all datasets of the home have now. */
export async function releasePins(
  services: Services,
  { name, removed, kept }: { readonly name: string; readonly removed: readonly VersionRecord[]; readonly kept: readonly DatasetRecord[] }, // prettier-ignore
  run: Run
): Promise<void> {
  const pins = readPins(new StoreLayout(services.home).pins)
  const keepers = keepersIn(kept)
  // A pin of another name is that of another dataset, or of a user.
  const own = removed.filter(({ cid, version }) => pins.get(cid)?.name === pinName(name, version))
  const gone = own.filter(({ cid }) => !keepers.has(cid)).map(({ cid }) => cid)
  const passed = own.flatMap(({ cid }) => keepers.get(cid) ?? [])
  await changePins(services, { added: passed, removed: gone }, run)
}

/** Returns the pins that keep the versions of some datasets, be they still being published, by their CIDs. */
function keepersIn(records: readonly DatasetRecord[]): ReadonlyMap<string, Pin> {
  const keepers = new Map<string, Pin>()
  for (const { name, versions, pending } of records)
    for (const { cid, version } of [...versions, ...(pending === undefined ? [] : [pending])])
      keepers.set(cid, newPin(cid, 'recursive', pinName(name, version)))
  return keepers
}

/** Pins and unpins durably. */
export async function changePins(
  services: Services,
  { added = [], removed = [] }: { readonly added?: readonly Pin[]; readonly removed?: readonly string[] }, // prettier-ignore
  run: Run
): Promise<void> {
  if (added.length + removed.length === 0) return
  const owner = await services.openOwner(run)
  try {
    if (added.length > 0) await owner.addPins(added)
    if (removed.length > 0) await owner.removePins(removed)
  } finally {
    owner.close()
  }
}
