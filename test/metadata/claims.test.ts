/** Merging what nodes say: the same result in whatever order, and nothing of this machine is lost. */
import fc from 'fast-check'
import t from 'tap'
import { isNewer, saidOf, stampOf, type Claim } from '../../src/metadata/claim.js'
import { checkedPatch } from '../../src/metadata/checked-patch.js'
import { patched, type IndexPatch } from '../../src/metadata/patch.js'
import type { IndexRecord } from '../../src/metadata/record.js'
import { cidOf, EPOCH, patchOf, randomOf } from './records.js'

const RUNS = Number(process.env['CLAIM_RUNS'] ?? 300)
const NODES = ['a', 'b', 'c'].map((letter) => letter.repeat(32))
const CIDS = [0, 1, 2].map(cidOf)

type Home = Map<string, IndexRecord>

const claimOf = (record: IndexRecord, node: string, self: string): Claim => ({
  updated_at: stampOf(record),
  node: record.node ?? node,
  self,
  said: saidOf(record)
})

function change(home: Home, patch: IndexPatch): void {
  home.set(patch.cid, patched(home.get(patch.cid), patch))
}

/** Tells a home all that another one knows. */
function tell(home: Home, self: string, from: Home, node: string): void {
  for (const [cid, record] of from) {
    const patch = { cid, at: EPOCH, claim: claimOf(record, node, self) }
    change(home, checkedPatch(JSON.parse(JSON.stringify(patch)), 'the claim'))
  }
}

/** What nodes are to agree upon. */
const agreed = (home: Home, self: string) =>
  [...home]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([cid, record]) => {
      const { storage_locations: _, ...said } = saidOf(record)
      return { cid, said, at: stampOf(record), node: record.node ?? self }
    })

const own = ({ local, pinned, pin_types, path, access_count, current_tier }: IndexRecord) => ({ local, pinned, pin_types, path, access_count, current_tier }) // prettier-ignore

const edits = fc.array(
  fc.record({
    node: fc.nat(2),
    cid: fc.nat(2),
    seed: fc.nat(1000),
    // Clocks differ, and may say the same.
    at: fc.integer({ min: 0, max: 3 })
  }),
  { maxLength: 12 }
)
const tellings = fc.array(fc.tuple(fc.nat(2), fc.nat(2)), { maxLength: 30 })

function homesAfter(
  changes: readonly { node: number; cid: number; seed: number; at: number }[]
): Home[] {
  const homes = NODES.map((): Home => new Map())
  for (const { node, cid, seed, at } of changes)
    change(homes[node]!, { ...patchOf(cid, randomOf(seed)), cid: CIDS[cid]!, at: EPOCH + at })
  return homes
}

/** Every node hears every other one, so often that what the first one knows reaches the last. */
const ALL: readonly (readonly [number, number])[] = [0, 1, 2].flatMap((to) =>
  [0, 1, 2].map((from) => [to, from] as const)
)

t.test(
  'three nodes agree in whatever order they hear of each other, and forget nothing of their own',
  (t) => {
    fc.assert(
      fc.property(
        edits,
        tellings,
        fc.shuffledSubarray([...ALL], { minLength: 9 }),
        (changes, some, last) => {
          const first = homesAfter(changes)
          const second = homesAfter(changes)
          const before = first.map(
            (home) => new Map([...home].map(([cid, one]) => [cid, own(one)]))
          )
          const telling = (homes: Home[], [to, from]: readonly [number, number]): void => {
            if (to !== from) tell(homes[to]!, NODES[to]!, homes[from]!, NODES[from]!)
          }
          for (const one of [...some, ...last, ...last]) telling(first, one)
          for (const one of [...ALL, ...ALL]) telling(second, one)
          const wanted = JSON.stringify(agreed(first[0]!, NODES[0]!))
          for (const homes of [first, second])
            homes.forEach((home, i) => {
              if (JSON.stringify(agreed(home, NODES[i]!)) !== wanted) throw new Error('they differ')
            })
          first.forEach((home, i) => {
            for (const [cid, facts] of before[i]!)
          if (JSON.stringify(own(home.get(cid)!)) !== JSON.stringify(facts)) throw new Error(`${cid}: own facts were lost`) // prettier-ignore
          })
          // Hearing it once more changes nothing.
          const again = JSON.stringify([...first[0]!])
          tell(first[0]!, NODES[0]!, first[1]!, NODES[1]!)
          if (JSON.stringify([...first[0]!]) !== again) throw new Error('not idempotent')
        }
      ),
      { numRuns: RUNS }
    )
    t.end()
  }
)

t.test('what this node says after it heard of others is newer, whatever its clock says', (t) => {
  const [self, other] = [NODES[0]!, NODES[1]!]
  const theirs = patched(undefined, {
    cid: CIDS[0]!,
    at: EPOCH + 1e9,
    set: { metadata: { title: 'theirs' } }
  })
  const heard = patched(undefined, {
    cid: CIDS[0]!,
    at: EPOCH,
    claim: claimOf(theirs, other, self)
  })
  t.match(heard, { node: other, local: false, pinned: false, metadata: { title: 'theirs' } })
  const accessed = patched(heard, { cid: CIDS[0]!, at: EPOCH, accesses: { count: 1, last: EPOCH } })
  t.equal(accessed.node, other, 'a read is no claim')
  const ours = patched(accessed, { cid: CIDS[0]!, at: EPOCH, set: { metadata: { title: 'ours' } } })
  t.match(ours, { node: null, metadata: { title: 'ours' } })
  t.notOk(isNewer(claimOf(theirs, other, self), ours))
  t.ok(isNewer(claimOf(ours, self, other), theirs))
  t.equal(patched(undefined, { cid: CIDS[0]!, at: 1, set: {} }).updated_at, 1)
  t.end()
})

t.test('threats 113: claims of another shape are refused', (t) => {
  const record = patched(undefined, patchOf(0))
  const claim = claimOf(record, NODES[1]!, NODES[0]!)
  const wrong: object[] = [
    { ...claim, node: '../x' },
    { ...claim, updated_at: 'soon' },
    { ...claim, said: { ...claim.said, local: true } },
    { ...claim, said: { ...claim.said, tags: 'x' } },
    { ...claim, said: null }
  ]
  for (const one of wrong)
    t.throws(() => checkedPatch({ cid: CIDS[0], at: 1, claim: one }, 'it'), { code: 'INVALID_ARGUMENT' }) // prettier-ignore
  t.end()
})
