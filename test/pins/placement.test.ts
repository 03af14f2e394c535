/** Where copies are to be kept: choices, demands and rules. */
import t from 'tap'
import {
  demandOn,
  lacking,
  movesOf,
  reasonToKeep,
  toLookAt,
  type Demand,
  type PlaceForPins
} from '../../src/pins/placement.js'
import { parseNames, parseRules } from '../../src/pins/policy-text.js'
import { parseDuration, parseSize } from '../../src/config/units.js'

const place = (name: string, cost = 100, more: Partial<PlaceForPins> = {}): PlaceForPins => ({
  name,
  cost,
  priority: 100,
  isWritable: true,
  trust: 'semitrusted',
  ...more
})
const PLACES = [place('b', 10), place('a', 10), place('dear', 500), place('web', 1, { isWritable: false })] // prettier-ignore
const demand = (replicas: number, more: Partial<Demand> = {}): Demand => ({
  replicas,
  required: [],
  preferred: [],
  ...more
})
const none: ReadonlySet<string> = new Set()

t.test('the cheapest that can be written are chosen, preferred ones before them', async (t) => {
  t.same(lacking(demand(0), PLACES, none), [])
  t.same(lacking(demand(2), PLACES, none), ['a', 'b'])
  t.same(lacking(demand(2, { preferred: ['dear'] }), PLACES, none), ['dear', 'a'])
  t.same(lacking(demand(2, { required: ['dear'] }), PLACES, none), ['dear', 'a'])
  t.same(lacking(demand(2), PLACES, new Set(['a'])), ['b'], 'what has a copy counts')
  t.same(lacking(demand(1, { required: ['a'] }), PLACES, new Set(['b'])), ['a'])
})

t.test('a demand that cannot be met says why', async (t) => {
  t.throws(() => lacking(demand(4), PLACES, none), { code: 'CONFIG_INVALID', message: /4 copies are asked for, and only 3/ }) // prettier-ignore
  t.throws(() => lacking(demand(0, { required: ['gone'] }), PLACES, none), { code: 'CONFIG_INVALID', message: /"gone", which is no backend/ }) // prettier-ignore
  t.throws(() => lacking(demand(0, { required: ['web'] }), PLACES, none), { code: 'CONFIG_INVALID', message: /"web", which is read only/ }) // prettier-ignore
})

t.test('a copy on a backend that is not trusted is an extra', async (t) => {
  const places = [place('a'), place('odd', 1, { trust: 'untrusted' })]
  t.same(lacking(demand(1), places, new Set(['odd'])), ['a'])
  t.match(reasonToKeep(demand(1), places, new Set(['a', 'odd']), new Set(['a'])), /0 of the 1/)
})

t.test('what is left is looked at before copies go, unless enough of it is trusted', async (t) => {
  const places = [place('safe', 1, { trust: 'trusted' }), place('a'), place('b'), place('odd', 1, { trust: 'untrusted' })] // prettier-ignore
  const left = new Set(['safe', 'a', 'odd'])
  t.same(toLookAt(demand(1), places, left), [], 'one trusted copy is enough')
  t.same(toLookAt(demand(2), places, left), ['a'])
  t.same(toLookAt(demand(0), places, left), [], 'no copy is asked for')
})

t.test('copies go only where enough are left', async (t) => {
  const stored = new Set(['a', 'b', 'dear'])
  t.equal(reasonToKeep(demand(2), PLACES, stored, new Set(['a'])), undefined)
  t.match(reasonToKeep(demand(2), PLACES, stored, new Set(['a', 'b'])), /1 of the 2 copies/)
  t.match(reasonToKeep(demand(0, { required: ['a'] }), PLACES, stored, new Set(['a'])), /a copy on a is required/) // prettier-ignore
  t.equal(reasonToKeep(demand(0, { required: ['a'] }), PLACES, new Set(['b']), new Set(['a'])), undefined) // prettier-ignore
})

const units = { size: parseSize, duration: parseDuration }

const near = place('near', 100, { priority: 1 })
const tape = place('tape', 1, { priority: 200 })
const TIERS = [near, tape, place('middle', 50, { priority: 50 }), place('odd', 0, { priority: 0, trust: 'untrusted' })] // prettier-ignore

t.test('a pin that nobody reads is cold: it belongs where it costs least', async (t) => {
  const policy = { standard: demand(1), rules: [], coldAfter: 1000 }
  const on = (unread: number) => demandOn(policy, { cid: 'x', tags: [], size: 5, age: 5000, unread }) // prettier-ignore
  t.same(lacking(on(999), TIERS, none), ['near'])
  t.same(lacking(on(1000), TIERS, none), ['tape'])
  t.same(lacking(demandOn({ ...policy, coldAfter: undefined }, { cid: 'x', tags: [], size: 5, age: 0, unread: 0 }), TIERS, none), ['tape'], 'heat counts for nothing by default') // prettier-ignore
})

t.test('moves keep the number of copies, and what is required', async (t) => {
  const moves = (asked: Demand, ...stored: string[]) =>
    movesOf(asked, TIERS, new Set(stored), new Set(stored))
  const cold = (replicas: number, more: Partial<Demand> = {}) => demand(replicas, { order: 'cost', ...more }) // prettier-ignore
  const hot = (replicas: number) => demand(replicas, { order: 'nearness' })
  t.same(moves(cold(1), 'near'), [{ from: 'near', to: 'tape' }])
  t.same(moves(hot(1), 'tape'), [{ from: 'tape', to: 'near' }])
  t.same(moves(cold(1), 'tape'), [])
  t.same(moves(cold(2), 'near', 'middle'), [{ from: 'near', to: 'tape' }])
  t.same(moves(hot(2), 'tape', 'middle'), [{ from: 'tape', to: 'near' }])
  t.same(moves(cold(1), 'near', 'tape'), [], 'what is too much is no move')
  t.same(moves(cold(1), 'odd'), [], 'an untrusted copy is an extra, and stays')
  t.same(moves(demand(0), 'near'), [], 'without a demand nothing moves')
  t.same(moves(cold(1, { required: ['near'] }), 'near'), [], 'what is required stays')
  t.same(moves(cold(1, { preferred: ['near'] }), 'middle'), [{ from: 'middle', to: 'near' }])
  t.same(moves(cold(2), 'near'), [{ from: 'near', to: 'tape' }], 'what lacks is healed, and moves too') // prettier-ignore
  const readOnly = TIERS.map((one) => (one.name === 'near' ? { ...one, isWritable: false } : one))
  t.same(movesOf(cold(1), readOnly, new Set(['near']), new Set(['near'])), [], 'nothing is taken from what is read only') // prettier-ignore
  t.same(movesOf(cold(1), TIERS, new Set(['near']), new Set(['near', 'tape'])), [], 'one that is on its way is no second move') // prettier-ignore
})

t.test('rules hold by tag, size and age, the first one counts', async (t) => {
  const rules = parseRules('tag=master replicas=3; size>=1GiB size<=2GiB require=tape; age>=30d replicas=1 prefer=tape,nas', units) // prettier-ignore
  const policy = { standard: demand(2), rules }
  const on = (more: object) =>
    demandOn(policy, { cid: 'x', tags: [], size: 5, age: 0, unread: 0, ...more })
  t.equal(on({}).replicas, 2)
  t.equal(on({ tags: ['master'], age: 1e12 }).replicas, 3)
  t.match(on({ size: 2 ** 30 }), demand(2, { required: ['tape'] }))
  t.equal(on({ size: 2 ** 32 }).replicas, 2)
  t.equal(on({ size: undefined }).replicas, 2, 'a size that is not known holds for no size')
  t.match(on({ age: 31 * 86_400_000 }), demand(1, { preferred: ['tape', 'nas'] }))
})

t.test('texts that are no rules are refused', async (t) => {
  t.same(parseRules('none', units), [])
  t.same(parseNames('none'), [])
  for (const wrong of [
    '',
    'replicas=3',
    'tag=x',
    'tag=x replicas=-1',
    'size>1GiB replicas=1',
    'size>=much replicas=1',
    'tag=x replicas=1;',
    'tag=x require=../x',
    'colour=red replicas=1'
  ])
    // prettier-ignore
    t.throws(() => parseRules(wrong, units), /must be "none", or/, wrong)
  t.throws(() => parseNames('a,,b'), /names of backends/)
})
