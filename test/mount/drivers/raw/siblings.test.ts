/** The log of listings by itself. */
import t from 'tap'
import { reserveSiblings, Siblings } from '../../../../src/mount/drivers/raw/siblings.js'

const NODES = 300_000
const LOG_ENTRIES = 1 << 18

t.test('places are told however many files were listed before', async (t) => {
  for (const before of [0, 2 ** 31 - 3, 2 ** 32 - 3]) {
    const memory = reserveSiblings(NODES)
    // The first word counts the files that were listed.
    new Int32Array(memory)[0] = before | 0
    const siblings = new Siblings(memory)
    for (let node = 2; node < 12; node++) siblings.noteListed(node, node * 7)
    for (let node = 2; node < 11; node++) {
      // One place in 2^32 is not told, as it stands for none.
      if (before + node - 2 === 2 ** 32 - 1) continue
      siblings.noteRead(node, node * 7)
      t.equal(siblings.nodeAt(siblings.placeOfRead(siblings.reads - 1)! + 1), node + 1)
    }
    t.equal(siblings.nodeAt((before + 10) | 0), 0, 'nothing is listed there yet')
    for (let i = 0; i < LOG_ENTRIES; i++) siblings.noteListed(20 + i, 1)
    t.equal(siblings.placeOfRead(siblings.reads - 1), undefined, 'it was overwritten')
  }
})
