import t from 'tap'
import { textPart } from '../../src/mcp/text-part.js'

const bytes = Buffer.from('aé€😀z')

t.test('a text is cut between characters, wherever its parts begin and end', async (t) => {
  for (let from = 0; from <= bytes.length; from++)
    for (let to = from; to <= bytes.length; to++) {
      const found = textPart(bytes.subarray(from, to), from > 0, to < bytes.length)
      if (found === undefined) continue
      t.notMatch(found.text, '\ufffd')
      t.same(Buffer.from(found.text), bytes.subarray(from + found.skipped, from + found.used))
    }
})

t.test('parts of four bytes and more are text, and go on where they end', async (t) => {
  for (let size = 4; size <= bytes.length; size++) {
    let text = ''
    for (let at = 0; at < bytes.length;) {
      const part = bytes.subarray(at, at + size)
      const found = textPart(part, at > 0, at + part.length < bytes.length)!
      text += found.text
      at += found.used
    }
    t.equal(text, bytes.toString(), `${size} bytes`)
  }
})

t.test('other bytes are no text', async (t) => {
  t.equal(textPart(Buffer.from([0xff, 0x41, 0x42, 0x43, 0x44]), false, false), undefined)
  t.equal(textPart(Buffer.from('a\0b'), false, false), undefined)
  t.equal(textPart(Buffer.from([0xf0, 0x9f]), false, true), undefined, 'not one whole character')
  t.same(textPart(new Uint8Array(0), false, false), { text: '', skipped: 0, used: 0 })
})
