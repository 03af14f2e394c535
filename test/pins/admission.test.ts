/** Which changes of mappings are taken, and in what form. */
import t from 'tap'
import { Admission, type AskedChange, type KnownMappings } from '../../src/pins/admission.js'
import type { MappingChange } from '../../src/pins/mapping-change.js'
import { fromRow, putOf, type Mapping, type Row } from '../../src/pins/mapping.js'

const CID = 'bafkqaaa'

const copy = (backend: string, more: Partial<Mapping> = {}): Mapping => ({
  cid: CID,
  carPath: `/${backend}/cars/${CID}.car`,
  backend,
  createdAt: '2026-01-01T00:00:00.000Z',
  status: 'stored',
  fields: {},
  own: {},
  ...more
})

const knownOf = (...mappings: readonly Mapping[]): KnownMappings => ({
  of: () => mappings,
  row: (backend): Row | undefined => {
    const found = mappings.find((mapping) => mapping.backend === backend)
    return found && putOf(found).row
  }
})

const leaving = (mapping: Mapping): Mapping => ({
  ...mapping,
  status: 'pending',
  own: { ...mapping.own, is_leaving: true }
})

const removal = (mapping: Mapping, counting: readonly string[]): AskedChange => ({
  isBeginning: true,
  change: putOf(leaving(mapping)),
  base: putOf(mapping),
  left: { replicas: 1, required: [], counting }
})

const change = (
  base: Mapping,
  after: Mapping | MappingChange,
  isBeginning = false
): AskedChange => ({
  isBeginning,
  change: 'row' in after ? after : putOf(after),
  base: putOf(base),
  left: undefined
})

const mappingOf = (change: MappingChange | undefined): Mapping | undefined =>
  change === undefined || change.row === null ? undefined : fromRow(change.row)

t.test('threats 143: of removals at the same time the last copy is refused', async (t) => {
  const known = knownOf(copy('a'), copy('b'))
  const admission = new Admission()
  const first = admission.admit(removal(copy('a'), ['b']), known)
  t.match(mappingOf(first.change), { status: 'pending', own: { is_leaving: true } })
  const second = admission.admit(removal(copy('b'), ['a']), known)
  t.match(second.refusal, { isNeeded: true, status: 'stored', reason: /^0 of the 1 copies/ })
  t.equal(second.change, undefined)
  admission.written(first.change!)
  t.match(admission.admit(removal(copy('b'), ['a']), known), { change: {} }, 'what was not written does not count') // prettier-ignore
})

t.test('a copy that is leaving, failed, or was not looked at does not count', async (t) => {
  for (const other of [copy('b', { status: 'failed' }), leaving(copy('b'))])
    t.ok(new Admission().admit(removal(copy('a'), ['b']), knownOf(copy('a'), other)).refusal)
  t.ok(new Admission().admit(removal(copy('a'), []), knownOf(copy('a'), copy('b'))).refusal)
})

t.test('what was stored before a removal landed is not there', async (t) => {
  const pending = copy('a', { status: 'pending' })
  const removed = new Admission().admit(change(leaving(pending), { backend: 'a', cid: CID, row: null }), knownOf(pending)) // prettier-ignore
  const now = mappingOf(removed.change)!
  t.match(now, { status: 'pending', own: { removals: 1 } })
  const late = new Admission().admit(change(pending, copy('a')), knownOf(now))
  t.equal(mappingOf(late.change)?.status, 'pending')
  const again = new Admission().admit(change(now, { ...now, status: 'stored' }), knownOf(now))
  t.equal(mappingOf(again.change)?.status, 'stored')
})

t.test('of a copy that was stored meanwhile no failure is told', async (t) => {
  const pending = copy('a', { status: 'pending' })
  const failed = copy('a', { status: 'failed', own: { attempts: 1, last_error: 'x' } })
  const late = new Admission().admit(change(pending, failed), knownOf(copy('a')))
  t.same(mappingOf(late.change), copy('a'))
})

t.test('what was removed meanwhile does not come back', async (t) => {
  const known = knownOf()
  const failed = copy('a', { status: 'failed', own: { last_error: 'x' } })
  t.same(new Admission().admit(change(copy('a'), failed), known), {})
  const begun = new Admission().admit(change(failed, copy('a', { status: 'pending' }), true), known)
  t.match(begun.refusal, { status: 'removed', isNeeded: false })
})

t.test('what others changed meanwhile stays', async (t) => {
  const base = copy('a', { fields: { name: 'old', tags: ['x'] }, own: { replaces: 'b', size: 1 } })
  const now = copy('a', { fields: { name: 'new', tags: ['x'] }, own: { size: 1, is_leaving: true }, status: 'pending' }) // prettier-ignore
  const after = { ...base, status: 'failed', own: { ...base.own, last_error: 'gone' } } as const
  const { change: made } = new Admission().admit(change(base, after), knownOf(now))
  t.same(mappingOf(made), { ...now, own: { size: 1, is_leaving: true, last_error: 'gone' } })
})

t.test('a copy that is wanted again while it goes is to be stored', async (t) => {
  const gone = { backend: 'a', cid: CID, row: null }
  const { change: made } = new Admission().admit(
    change(leaving(copy('a')), gone),
    knownOf(copy('a'))
  )
  t.equal(mappingOf(made)?.status, 'pending')
  const known = knownOf(leaving(copy('a')))
  t.same(new Admission().admit(change(leaving(copy('a')), gone), known).change, gone)
})

t.test(
  'work does not begin on a copy that is being removed, or was stored meanwhile',
  async (t) => {
    const failed = copy('a', { status: 'failed' })
    const again = copy('a', { status: 'pending' })
    t.match(new Admission().admit(change(failed, again, true), knownOf(leaving(failed))).refusal, { reason: /being removed/ }) // prettier-ignore
    t.match(new Admission().admit(change(failed, again, true), knownOf(copy('a'))).refusal, { status: 'stored' }) // prettier-ignore
  }
)
