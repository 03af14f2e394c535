/** Tells what an operator should know of copies: what would be lost, what is asked for and lacking, what grows. */
import { isCid } from '../content/cid-path.js'
import { inTurns } from '../core/turns.js'
import type { Mapping } from '../pins/mapping.js'
import { demandOn, type PinPolicy } from '../pins/placement.js'
import { readPinsInTurns, type Pin } from '../store/pins.js'
import { StoreLayout } from '../store/layout.js'
import { isUnknown } from './found-copy.js'
import { loggedOperations } from './logged-operations.js'
import { withMappings } from './mappings-view.js'
import type { Operation } from './operation.js'
import { countingCopies } from './counting-copies.js'
import { pinMove } from './pin-move.js'
import { demandedPin } from './pin-store.js'
import type { Run } from './run.js'
import type { Services } from './services.js'
import { asksForCopies, demandedHere, unplacedPins } from './unplaced-pins.js'

/** Pins that are named of each kind. */
const NAMED = 20
const DAYS = 30

export interface PinSample {
  readonly count: number
  /** CIDs of the first few. */
  readonly cids: readonly string[]
}

export interface PinInsightsResult {
  /** Pins of which no copy is stored, here or on any backend. */
  readonly nowhere: PinSample
  /** Pins with copies that could not be looked at when that was tried last. */
  readonly unknown: PinSample
  /**
   * Pins with fewer stored copies than the policy asks for, those that are on no backend, too; copies on untrusted
   * backends count nowhere here.
   */
  readonly underReplicated: PinSample
  /** Pins with more stored copies than the policy asks for, where it asks for any. */
  readonly overReplicated: PinSample
  /** For each backend, the pins that would be lost with it: they have no other copy that is known, here or elsewhere. */
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
  const local = await readPinsInTurns(new StoreLayout(services.home).pins, run.signal)
  const toMove = await movable(services, run)
  const { pinPolicy: policy, home } = services
  return await withMappings(home, async (mappings) => {
    const standing = new Standing(policy, countingCopies(home), (cid) => local.has(cid))
    for await (const copies of inTurns(mappings.byCid(mappings.names), run.signal))
      standing.add(copies)
    if (asksForCopies(policy))
      for await (const pin of unplacedPins(local.values(), mappings, run.signal))
        standing.addUnplaced(pin)
    return { ...standing.figures(), toMove, failedForGood: failedForGood(home) }
  })
}

/** Counts pins by how their copies stand. */
class Standing {
  readonly #policy: PinPolicy
  readonly #counts: (copy: Mapping) => boolean
  readonly #isHere: (cid: string) => boolean
  readonly #nowhere = new Sample()
  readonly #unknown = new Sample()
  readonly #under = new Sample()
  readonly #over = new Sample()
  readonly #lost = new Map<string, Sample>()
  readonly #growth = new Map<string, { copies: number; bytes: number }>()

  constructor(
    policy: PinPolicy,
    counts: (copy: Mapping) => boolean,
    isHere: (cid: string) => boolean
  ) {
    this.#policy = policy
    this.#counts = counts
    this.#isHere = isHere
  }

  /** Counts a pin. @param copies all that it has on backends, at least one. */
  add(copies: readonly Mapping[]): void {
    const cid = copies[0]!.cid
    const all = copies.filter(({ status }) => status === 'stored')
    const stored = all.filter((copy) => this.#counts(copy))
    const { replicas, required } = demandOn(this.#policy, demandedPin(copies))
    const lacksOne = required.some((name) => all.every(({ backend }) => backend !== name))
    if (isCid(cid) && (stored.length < replicas || lacksOne)) this.#under.add(cid)
    if (replicas > 0 && stored.length > replicas) this.#over.add(cid)
    if (all.some(isUnknown)) this.#unknown.add(cid)
    for (const mapping of stored) noteGrowth(this.#growth, mapping)
    if (this.#isHere(cid)) return
    // A copy on an untrusted backend may be all that there is.
    const known = (stored.length === 0 ? all : stored).filter((copy) => !isUnknown(copy))
    if (known.length === 1) noteLoss(this.#lost, known[0]!)
    if (all.length === 0 && !copies.every(({ own }) => own.is_leaving === true))
      this.#nowhere.add(cid)
  }

  /** Counts a pin of this home that is on no backend. */
  addUnplaced(pin: Pin): void {
    const { replicas, required } = demandOn(this.#policy, demandedHere(pin))
    if (replicas > 0 || required.length > 0) this.#under.add(pin.cid)
  }

  figures(): Omit<PinInsightsResult, 'toMove' | 'failedForGood'> {
    return {
      nowhere: this.#nowhere,
      unknown: this.#unknown,
      underReplicated: this.#under,
      overReplicated: this.#over,
      lostWith: [...this.#lost].map(([backend, { count, cids }]) => ({ backend, count, cids })),
      growth: [...this.#growth]
        .map(([day, figures]) => ({ day, ...figures }))
        .sort((a, b) => (a.day < b.day ? -1 : 1))
        .slice(-DAYS)
    }
  }
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
