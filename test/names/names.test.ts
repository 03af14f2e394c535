import { lstatSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { base58btc } from 'multiformats/bases/base58'
import t from 'tap'
import { setTimeout as delay } from 'node:timers/promises'
import type { Clock } from '../../src/core/clock.js'
import { Cid, RAW } from '../../src/core/cid.js'
import { KitError } from '../../src/core/errors.js'
import { IDENTITY } from '../../src/core/hash.js'
import type { DnsLink } from '../../src/names/dnslink.js'
import { parseIpnsName } from '../../src/names/ipns-name.js'
import { namesPort } from '../../src/names/ipns-links.js'
import { KeptRecords } from '../../src/names/kept-records.js'
import { Names, type NamesPorts } from '../../src/names/names.js'
import type { KeySource, RecordSource } from '../../src/names/sources.js'
import { makeRecord, makeSigner } from './records.js'
import { TestClock } from '../support/clock.js'
import { MAX_KEY } from '../../vfs/inode-record.js'
import { tempFolder } from '../support/temp.js'

const ONE = 'bafkreicysg23kiwv34eg2d7qweipxwosdo2py4ldv42nbauguluen5v6am'
const TWO = 'bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e'
const { signal } = new AbortController()

const has = (name: string, ...records: Uint8Array[]): RecordSource => ({
  name,
  getNameRecords: async () => records
})
const fails = (name: string, error: Error): RecordSource => ({
  name,
  getNameRecords: () => Promise.reject(error)
})
const missing = new KitError('BLOCK_NOT_FOUND', 'no record')
const down = new KitError('BACKEND_UNAVAILABLE', 'down')

const clock = new TestClock()
const names = (
  records: readonly RecordSource[],
  ports: Partial<NamesPorts> = {},
  time: Clock = clock
): Names =>
  new Names(
    {
      records: () => records,
      keys: () => [],
      dnsLink: undefined,
      kept: { get: () => undefined, keep: () => undefined },
      follow: async (path) => Cid.parse(path.slice('/ipfs/'.length).split('/')[0]!),
      ...ports
    },
    time
  )

async function leadsTo(names: Names, name: string): Promise<string | undefined> {
  await names.resolve(name, signal)
  const cid = names.known(name)?.cid
  return cid === undefined ? undefined : String(cid)
}

t.test('threats 29: the newest good record counts, whoever has it', async (t) => {
  const signer = makeSigner('ed25519')
  const { text } = signer.name
  const older = makeRecord(signer, { value: `/ipfs/${ONE}`, sequence: 1 })
  const newer = makeRecord(signer, { value: `/ipfs/${TWO}`, sequence: 2 })
  const forged = makeRecord(makeSigner('ed25519'), { value: `/ipfs/${ONE}`, sequence: 99 })
  const expired = makeRecord(signer, { value: `/ipfs/${ONE}`, sequence: 9, validUntil: 1000 })
  t.equal(await leadsTo(names([has('a', older), has('b', newer)]), text), TWO)
  t.equal(await leadsTo(names([has('a', newer), has('b', older)]), text), TWO)
  t.equal(await leadsTo(names([has('a', forged, expired, older)]), text), ONE, 'a liar among them')
  t.equal(await leadsTo(names([fails('a', down), has('b', older)]), text), ONE)
  await t.rejects(names([has('a', forged)]).resolve(text, signal), { code: 'INTEGRITY' })
  await t.rejects(names([has('a', expired)]).resolve(text, signal), /expired/)
})

t.test('missing is what all say; one that did not answer may have had it', async (t) => {
  const { text } = makeSigner('ed25519').name
  t.equal(await leadsTo(names([fails('a', missing), fails('b', missing)]), text), undefined)
  await t.rejects(names([fails('a', missing), fails('b', down)]).resolve(text, signal), {
    code: 'BACKEND_UNAVAILABLE'
  })
  t.equal(await leadsTo(names([]), 'no such key'), undefined)
})

t.test('threats 35: one that is silent holds nobody up', async (t) => {
  const signer = makeSigner('ed25519')
  const silent: RecordSource = {
    name: 'silent',
    getNameRecords: (_, { signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error))
      })
  }
  const started = performance.now()
  const record = makeRecord(signer, { value: `/ipfs/${ONE}` })
  t.equal(await leadsTo(names([silent, has('a', record)]), signer.name.text), ONE)
  t.ok(performance.now() - started < 10_000)
  const end = new AbortController()
  const waiting = names([silent]).resolve(signer.name.text, end.signal)
  end.abort(new Error('enough'))
  await t.rejects(waiting, /enough/)
})

t.test('threats 30 and 35: what was signed is good while nobody answers', async (t) => {
  const signer = makeSigner('ed25519')
  let source = has('a', makeRecord(signer, { value: `/ipfs/${ONE}`, sequence: 5, ttlMs: 0 }))
  const known = names([], { records: () => [source] })
  t.equal(await leadsTo(known, signer.name.text), ONE)
  source = fails('a', down)
  t.equal(await leadsTo(known, signer.name.text), ONE)
  // Somebody who is behind, or wants us to be.
  source = has('a', makeRecord(signer, { value: `/ipfs/${TWO}`, sequence: 4, ttlMs: 0 }))
  t.equal(await leadsTo(known, signer.name.text), ONE)
  source = has('a', makeRecord(signer, { value: `/ipfs/${TWO}`, sequence: 6, ttlMs: 0 }))
  clock.advance(5100)
  t.equal(await leadsTo(known, signer.name.text), TWO)
})

t.test('threats 30: the newest record is remembered from one process to the next', async (t) => {
  const home = tempFolder(t, 'kept')
  const signer = makeSigner('ed25519')
  const { text } = signer.name
  const warnings: string[] = []
  const record = (value: string, sequence: number, validUntil?: number): Uint8Array =>
    makeRecord(signer, { value: `/ipfs/${value}`, sequence, ttlMs: 0, ...(validUntil === undefined ? {} : { validUntil }) }) // prettier-ignore
  /** As a process does that was just started. */
  const restarted = (source: RecordSource): Names =>
    names([source], { kept: new KeptRecords(home, (text) => warnings.push(text)) })
  const soon = clock.now() + 60_000
  t.equal(await leadsTo(restarted(has('a', record(ONE, 5, soon))), text), ONE)
  t.equal(await leadsTo(restarted(has('a', record(TWO, 4))), text), ONE, 'an older one')
  t.equal(await leadsTo(restarted(fails('a', down)), text), ONE, 'no answer')
  t.equal(await leadsTo(restarted(has('a', record(TWO, 6))), text), TWO, 'a newer one')
  t.equal(await leadsTo(restarted(has('a', record(ONE, 5))), text), TWO)
  const kept = join(home, 'names', text)
  t.equal(lstatSync(kept).mode & 0o777, 0o600)
  // What somebody wrote there is not believed.
  const forged = makeRecord(makeSigner('ed25519'), { value: `/ipfs/${ONE}`, sequence: 99 })
  for (const bytes of [forged, Buffer.alloc(0), Buffer.alloc(20_000), record(TWO, 6).subarray(3)]) {
    writeFileSync(kept, bytes)
    t.equal(await leadsTo(restarted(has('a', record(ONE, 5))), text), ONE)
  }
  rmSync(kept)
  mkdirSync(kept)
  t.equal(await leadsTo(restarted(has('a', record(ONE, 5))), text), ONE)
  t.equal(warnings.length, 2, 'what is too large and what is no file is said')
})

t.test('threats 30: a kept record is believed no longer than it says itself', async (t) => {
  const home = tempFolder(t, 'kept')
  const signer = makeSigner('rsa')
  const restarted = (record: Uint8Array): Names =>
    names([has('a', record)], { kept: new KeptRecords(home, () => undefined) })
  const validUntil = clock.now() + 10_000
  const { text } = signer.name
  const short = makeRecord(signer, { value: `/ipfs/${ONE}`, sequence: 5, validUntil })
  t.equal(await leadsTo(restarted(short), text), ONE)
  clock.advance(11_000)
  const older = makeRecord(signer, { value: `/ipfs/${TWO}`, sequence: 4 })
  t.equal(await leadsTo(restarted(older), text), TWO)
})

t.test('records of so many names are kept and no more', async (t) => {
  const home = tempFolder(t, 'kept')
  const text = (bytes: Uint8Array = new Uint8Array()): string => Buffer.from(bytes).toString()
  const kept = new KeptRecords(home, (text) => t.fail(text), 100)
  const [first, ...others] = Array.from({ length: 300 }, () => makeSigner('ed25519').name)
  kept.keep(first!, Buffer.from('first'))
  for (const [i, name] of others.entries()) {
    kept.keep(name, Buffer.from(String(i)))
    utimesSync(join(home, 'names', name.text), i, i)
    t.equal(text(kept.get(first!)), 'first', 'what is used stays')
  }
  t.ok(readdirSync(join(home, 'names')).length <= 100)
  t.equal(text(kept.get(others.at(-1)!)), '298')
  t.equal(kept.get(others[0]!), undefined)
})

t.test('threats 31: a name may lead to a name, but not for ever', async (t) => {
  const first = makeSigner('ed25519')
  const second = makeSigner('rsa')
  const records = new Map([
    [first.name.text, makeRecord(first, { value: `/ipns/${second.name.text}/below` })],
    [second.name.text, makeRecord(second, { value: `/ipfs/${ONE}/deep` })]
  ])
  const source: RecordSource = {
    name: 'a',
    getNameRecords: async (name) => [records.get(name)!]
  }
  let followed = ''
  const follow = async (path: string): Promise<Cid> => {
    followed = path
    return Cid.parse(TWO)
  }
  t.equal(await leadsTo(names([source], { follow }), first.name.text), TWO)
  t.equal(followed, `/ipfs/${ONE}/deep/below`)
  records.set(second.name.text, makeRecord(second, { value: `/ipns/${first.name.text}` }))
  await t.rejects(names([source]).resolve(first.name.text, signal), { code: 'LINK_LOOP' })
})

t.test(
  'keys go by the names that their holders gave them, for who asks and not in records',
  async (t) => {
    const signer = makeSigner('ed25519')
    const stranger = makeSigner('ed25519')
    const records = new Map([
      [signer.name.text, makeRecord(signer, { value: `/ipfs/${ONE}` })],
      [stranger.name.text, makeRecord(stranger, { value: '/ipns/mine' })]
    ])
    const known = names([{ name: 'a', getNameRecords: async (name) => [records.get(name)!] }], {
      keys: () => [
        { name: 'a', listKeys: async () => [{ name: 'mine', id: signer.name.text }, { name: 'unused', id: 'k51' }] }, // prettier-ignore
        { name: 'b', listKeys: () => Promise.reject(down) }
      ]
    })
    t.equal(known.listed(), undefined)
    await known.list(signal)
    t.same(
      known.listed()?.map(({ name }) => name),
      ['mine']
    )
    t.equal(await leadsTo(known, 'mine'), ONE)
    t.equal(await leadsTo(known, stranger.name.text), undefined, 'threats 32')
  }
)

t.test('threats 30: what is known of one form of a name is known of all', async (t) => {
  const signer = makeSigner('ed25519')
  const { text, key } = signer.name
  const base58 = base58btc.encode(Buffer.concat([Buffer.from([0, key!.length]), key!])).slice(1)
  t.equal(parseIpnsName(base58)?.text, text)
  let source = has('a', makeRecord(signer, { value: `/ipfs/${ONE}`, sequence: 1, ttlMs: 0 }))
  const known = names([], { records: () => [source] })
  t.equal(await leadsTo(known, base58), ONE)
  source = has('a', makeRecord(signer, { value: `/ipfs/${TWO}`, sequence: 2, ttlMs: 0 }))
  t.equal(await leadsTo(known, text), TWO)
  source = fails('a', down)
  clock.advance(5100)
  t.equal(await leadsTo(known, base58), TWO, 'never back to what was before')
})

t.test('threats 30: nothing is believed longer than it says itself', async (t) => {
  const signer = makeSigner('ed25519')
  const record = makeRecord(signer, { value: `/ipfs/${ONE}`, validUntil: clock.now() + 1500 })
  const known = names([has('a', record)])
  t.equal(await leadsTo(known, signer.name.text), ONE)
  clock.advance(1600)
  t.equal(known.known(signer.name.text), undefined)
})

t.test('threats 34: keys whose names no file can have are not listed', async (t) => {
  const signer = makeSigner('ed25519')
  const called = ['good', '', '.', '..', 'a/b', 'a\0b', 'x'.repeat(300)]
  const known = names([has('a', makeRecord(signer, { value: `/ipfs/${ONE}` }))], {
    keys: () => [{ name: 'a', listKeys: async () => called.map((name) => ({ name, id: signer.name.text })) }] // prettier-ignore
  })
  await known.list(signal)
  t.same(
    known.listed()?.map(({ name }) => name),
    ['good']
  )
})

t.test(
  'threats 34: of a holder of a hundred thousand keys some are listed, few at a time',
  async (t) => {
    const { text } = makeSigner('ed25519').name
    const all = Array.from({ length: 100_000 }, (_, i) => ({ name: `key ${i}`, id: text }))
    let [asking, most] = [0, 0]
    const source: RecordSource = {
      name: 'a',
      getNameRecords: async () => {
        most = Math.max(most, ++asking)
        await delay(0)
        asking--
        throw missing
      }
    }
    const keys = { name: 'holder', listKeys: async () => all }
    const listing = names([source], { keys: () => [keys] })
    await listing.list(signal)
    t.same(listing.listed(), [])
    t.ok(most <= 64, String(most))
  }
)

t.test('threats 31: a path that grows with every name is given up', async (t) => {
  const signer = makeSigner('ed25519')
  const long = `/ipns/${signer.name.text}/${'x'.repeat(500)}`
  const source = has('a', makeRecord(signer, { value: long }))
  await t.rejects(names([source]).resolve(signer.name.text, signal), { code: 'NAME_TOO_LONG' })
})

t.test('threats 35: a domain does not wait for a holder of keys who is silent', async (t) => {
  const silent: KeySource = {
    name: 'silent',
    listKeys: ({ signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error))
      })
  }
  const dnsLink = { resolve: async () => `/ipfs/${ONE}` } as unknown as DnsLink
  const known = names([], { keys: () => [silent], dnsLink })
  const started = performance.now()
  t.equal(await leadsTo(known, 'docs.test'), ONE)
  t.ok(performance.now() - started < 10_000)
})

t.test('a long listing of keys is whole, whatever was resolved before', async (t) => {
  const signer = makeSigner('ed25519')
  const id = signer.name.text
  const keys = Array.from({ length: 4096 }, (_, i) => ({ name: `key-${i}`, id }))
  const now = clock.now()
  const still: Clock = { now: () => now, elapsed: () => 0 }
  const ports = { keys: () => [{ name: 'a', listKeys: async () => keys }] }
  const known = names([has('a', makeRecord(signer, { value: `/ipfs/${ONE}` }))], ports, still)
  for (let i = 0; i < 100; i++) await known.resolve(`no key ${i}`, signal)
  await known.list(signal)
  t.equal(known.listed()?.length, 4096)
  for (let i = 0; i < 8192; i++) await known.resolve(`no key ${i}`, signal)
  t.equal(known.known('key-0'), undefined, 'the oldest is forgotten')
  t.not(known.known('no key 8191'), undefined)
  t.not(known.known('no key 1'), undefined, 'and no other')
})

t.test('every CID that a name leads to is shown, one that is its own content too', async (t) => {
  for (const length of [60, 66, 67, 128]) {
    const signer = makeSigner('ed25519')
    const { text } = signer.name
    const cid = Cid.v1(RAW, IDENTITY, new Uint8Array(length).fill(length))
    const known = names([has('a', makeRecord(signer, { value: `/ipfs/${cid}` }))])
    await known.resolve(text, signal)
    const port = namesPort({
      isOffline: () => false,
      isNaming: () => true,
      names: () => known,
      findName: async () => undefined,
      listNames: async () => undefined
    })
    const { bytes } = port.link(text)!
    if (length > 66) t.same(bytes, cid.bytes, 'the content itself')
    else t.match(Buffer.from(bytes).toString('latin1'), `../ipfs/${cid}`, 'a link')
    t.ok(bytes.length <= MAX_KEY, 'it is a key of a node')
  }
})
