import t from 'tap'
import { isKitError } from '../../src/core/errors.js'
import { parseIpnsName } from '../../src/names/ipns-name.js'
import { verifyIpnsRecord } from '../../src/names/ipns-record.js'
import { KEY_TYPES, makeRecord, makeSigner } from './records.js'

const VALUE = '/ipfs/bafkreicysg23kiwv34eg2d7qweipxwosdo2py4ldv42nbauguluen5v6am'
const DAY = 86_400_000

for (const type of KEY_TYPES)
  t.test(`threats 29: a record signed with ${type}`, async (t) => {
    const signer = makeSigner(type)
    const validUntil = Math.floor(Date.now() / 1000) * 1000 + DAY
    const bytes = makeRecord(signer, { value: VALUE, sequence: 7, ttlMs: 5000, validUntil })
    const record = verifyIpnsRecord(bytes, signer.name, Date.now())
    t.same(record, { value: VALUE, sequence: 7n, ttlMs: 5000, validUntil, bytes })
    let refused = 0
    for (let at = 0; at < bytes.length; at++) {
      const changed = Uint8Array.from(bytes)
      changed[at]! ^= 1
      try {
        // What is no part of what was signed may change, and then nothing else does.
        t.same(verifyIpnsRecord(changed, signer.name, Date.now()), record, `byte ${at}`)
      } catch (error) {
        if (!isKitError(error, 'INTEGRITY')) throw error
        refused++
      }
    }
    t.ok(refused > bytes.length * 0.9, `${refused} of ${bytes.length} changes are refused`)
  })

t.test('times of years are no damage', async (t) => {
  const signer = makeSigner('ed25519')
  const year = 365 * DAY
  const bytes = makeRecord(signer, { value: VALUE, ttlMs: year, validUntil: Date.now() + year })
  t.equal(verifyIpnsRecord(bytes, signer.name, Date.now()).ttlMs, year)
})

t.test('threats 33: a text that is far too long is no name, at once', async (t) => {
  const started = performance.now()
  t.equal(parseIpnsName(`k${'5'.repeat(1_000_000)}`), undefined)
  t.ok(performance.now() - started < 10_000)
})

t.test('threats 29: what is wrong with a record is said', async (t) => {
  const signer = makeSigner('ed25519')
  const other = makeSigner('ed25519')
  const good = makeRecord(signer, { value: VALUE })
  const refused = (bytes: Uint8Array, message: RegExp, now = Date.now()): void => {
    t.throws(() => verifyIpnsRecord(bytes, signer.name, now), { code: 'INTEGRITY', message })
  }
  refused(makeRecord(other, { value: VALUE }), /not signed by the key/)
  refused(makeRecord(makeSigner('rsa'), { value: VALUE }), /key that the name is of/)
  refused(good, /expired on/, Date.now() + DAY)
  refused(makeRecord(signer, { value: VALUE }, { value: '/ipfs/other' }), /says two things/)
  refused(makeRecord(signer, { value: VALUE }, { sequence: 9 }), /says two things/)
  refused(new Uint8Array(20_000), /20000 bytes/)
  refused(good.subarray(0, 50), /damaged|signature/)
  refused(new Uint8Array(), /signature/)
})

t.test('names in all their forms are one', async (t) => {
  const { name } = makeSigner('ed25519')
  t.match(name.text, /^k51/)
  const base58 = '12D3KooWD3bfmNbuuuVCYwkjnFt3ukm3qaB3hDED3peHHXawvRAi'
  const k = parseIpnsName(base58)!
  t.equal(parseIpnsName(k.text)?.text, k.text)
  t.ok(k.key)
  const rsa = parseIpnsName('QmcNioXSC1bfJj1dcFErhUfyjFzoX2HodkRccsFFVJJvg8')!
  t.ok(rsa.digest)
  t.equal(parseIpnsName(rsa.text)?.text, rsa.text)
  for (const text of [
    '',
    'docs.ipfs.tech',
    'bafkreicysg23kiwv34eg2d7qweipxwosdo2py4ldv42nbauguluen5v6am',
    'k51',
    'Qm',
    '12D3Koo'
  ])
    // prettier-ignore
    t.equal(parseIpnsName(text), undefined, text)
})
