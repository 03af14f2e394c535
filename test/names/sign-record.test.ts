/** Records that this home signs are those that readers verify; Kubo's are read in names.test and gateway/names. */
import { generateKeyPairSync } from 'node:crypto'
import { base36 } from 'multiformats/bases/base36'
import t from 'tap'
import { Cid, LIBP2P_KEY } from '../../src/core/cid.js'
import { IDENTITY } from '../../src/core/hash.js'
import { parseIpnsName } from '../../src/names/ipns-name.js'
import { verifyIpnsRecord } from '../../src/names/ipns-record.js'
import { signIpnsRecord } from '../../src/names/sign-record.js'

function named() {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32)
  const cid = Cid.v1(LIBP2P_KEY, IDENTITY, Buffer.concat([Uint8Array.of(8, 1, 18, 32), raw]))
  return { privateKey, name: parseIpnsName(base36.encode(cid.bytes))! }
}

t.test('what is signed is verified', (t) => {
  const { privateKey, name } = named()
  const record = {
    value: '/ipfs/bafkqaaa/a b',
    sequence: 2n ** 40n,
    ttlMs: 60_000,
    validUntil: 4e12
  }
  const bytes = signIpnsRecord(privateKey, record)
  t.match(verifyIpnsRecord(bytes, name, 0), record)
  t.throws(() => verifyIpnsRecord(bytes, named().name, 0), { code: 'INTEGRITY' })
  t.throws(() => verifyIpnsRecord(bytes, name, 5e12), /expired/)
  for (let at = 0; at < bytes.length; at += 7) {
    const changed = Uint8Array.from(bytes)
    changed[at]! ^= 1
    t.throws(() => verifyIpnsRecord(changed, name, 0), { code: 'INTEGRITY' }, String(at))
  }
  t.end()
})
