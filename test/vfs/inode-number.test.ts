import t from 'tap'
import fc from 'fast-check'
import { Cid, DAG_PB, RAW } from '../../src/core/cid.js'
import { SHA2_256 } from '../../src/core/hash.js'
import { ino, inodeNumber, nanosecondsOf } from '../../vfs/inode-number.js'

t.test(
  'numbers are 63 bits, clear of the synthetic ones, and from the content alone',
  async (t) => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (digest) => {
        inodeNumber(Cid.v1(DAG_PB, SHA2_256, digest))
        const { low, high } = ino
        inodeNumber(Cid.v0(digest))
        if (ino.low !== low || ino.high !== high) return false
        const value = high * 2 ** 32 + low
        return high < 2 ** 31 && value >= 0x10000
      })
    )
    inodeNumber(Cid.v1(RAW, SHA2_256, new Uint8Array(32)))
    const raw = ino.low
    inodeNumber(Cid.v1(DAG_PB, SHA2_256, new Uint8Array(32)))
    t.not(ino.low, raw, 'another codec is another file')
    t.ok(nanosecondsOf(Cid.v1(RAW, SHA2_256, new Uint8Array(32).fill(255))) < 1e9)
  }
)
