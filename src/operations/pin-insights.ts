/** Tells what an operator should know of copies: what would be lost, what is asked for and lacking, what grows. */
import type { Mapping } from '../pins/mapping.js'
import { demandOn } from '../pins/placement.js'
import { readPins } from '../store/pins.js'
import { StoreLayout } from '../store/layout.js'
import { loggedOperations } from './logged-operations.js'
import { withMappings } from './mappings-view.js'
import type { Operation } from './operation.js'
import { countingCopies } from './counting-copies.js'
import { pinMove } from './pin-move.js'
import { demandedPin } from './pin-store.js'
import type { Run } from './run.js'
import type { Services } from './services.js'

/** Pins that are named of each kind. */
const NAMED = 20
const DAYS = 30

export interface PinSample {
  readonly count: number
  /** CIDs of the first few. */
  readonly cids: readonly string[]
}

export interface PinInsightsResult {
  /** Pins with fewer stored copies than the policy asks for; those on untrusted backends count nowhere here. */
  readonly underReplicated: PinSample
  /** Pins with more stored copies than the policy asks for, where it asks for any. */
  readonly overReplicated: PinSample
  /** For each backend, the pins that would be lost with it: they have no other copy, here or elsewhere. */
  readonly lostWith: readonly ({ readonly backend: string } & PinSample)[]
  /** Pins of which copies lie elsewhere than the policy would choose now, by why they would move. */
  readonly toMove: { readonly cold: PinSample; readonly hot: PinSample; readonly policy: PinSample }
  /** Work on copies that has failed for good, so that no engine tries it again, by its backend and reason; the most first. */
  readonly failedForGood: readonly { readonly backend: string; readonly reason: string; readonly count: number }[] // prettier-ignore
  /** Copies that were made in each of the last days, and their bytes. */
  readonly growth: readonly { readonly day: string; readonly copies: number; readonly bytes: number }[] // prettier-ignore
}

class Sample {
  count = 0
  readonly cids: string[] = []

  add(cid: string): void {
    this.count++
    if (this.cids.length < NAMED) this.cids.push(cid)
  }
}

export const pinInsights: Operation<Record<string, never>, PinInsightsResult> = async (
  services,
  _,
  run
) => {
  const local = readPins(new StoreLayout(services.home).pins)
  const counts = countingCopies(services.home)
  const toMove = await movable(services, run)
  return await withMappings(services.home, (mappings) => {
    const under = new Sample()
    const over = new Sample()
    const lost = new Map<string, Sample>()
    const growth = new Map<string, { copies: number; bytes: number }>()
    for (const copies of mappings.byCid(mappings.names)) {
      run.signal.throwIfAborted()
      const cid = copies[0]!.cid
      const stored = copies.filter((copy) => copy.status === 'stored' && counts(copy))
      const { replicas } = demandOn(services.pinPolicy, demandedPin(copies))
      if (stored.length < replicas) under.add(cid)
      if (replicas > 0 && stored.length > replicas) over.add(cid)
      if (stored.length === 1 && !local.has(cid)) noteLoss(lost, stored[0]!)
      for (const mapping of stored) noteGrowth(growth, mapping)
    }
    return {
      underReplicated: under,
      overReplicated: over,
      lostWith: [...lost].map(([backend, { count, cids }]) => ({ backend, count, cids })),
      toMove,
      failedForGood: failedForGood(services.home),
      growth: [...growth]
        .map(([day, figures]) => ({ day, ...figures }))
        .sort((a, b) => (a.day < b.day ? -1 : 1))
        .slice(-DAYS)
    }
  })
}

function noteLoss(lost: Map<string, Sample>, { backend, cid }: Mapping): void {
  const sample = lost.get(backend) ?? new Sample()
  sample.add(cid)
  lost.set(backend, sample)
}

function noteGrowth(
  growth: Map<string, { copies: number; bytes: number }>,
  { createdAt, own }: Mapping
): void {
  const day = (own.stored_at ?? createdAt).slice(0, 10)
  const figures = growth.get(day) ?? { copies: 0, bytes: 0 }
  figures.copies++
  figures.bytes += own.size ?? 0
  growth.set(day, figures)
}

function failedForGood(home: string): PinInsightsResult['failedForGood'] {
  const found = new Map<string, { backend: string; reason: string; count: number }>()
  for (const { status, backend, error } of loggedOperations(home)) {
    if (status !== 'failed') continue
    const reason = error ?? 'for no reason that is known'
    const one = found.get(`${backend} ${reason}`) ?? { backend, reason, count: 0 }
    one.count++
    found.set(`${backend} ${reason}`, one)
  }
  return [...found.values()].sort((a, b) => b.count - a.count).slice(0, NAMED)
}

/** Plans moves, and makes none. */
async function movable(services: Services, run: Run): Promise<PinInsightsResult['toMove']> {
  const found = { cold: new Sample(), hot: new Sample(), policy: new Sample() }
  const { moves } = await pinMove(services, { dryRun: true }, run)
  const seen = new Set<string>()
  for (const { cid, why } of moves) {
    if (!seen.has(cid)) found[why].add(cid)
    seen.add(cid)
  }
  return found
}
