import t from 'tap'
import fc from 'fast-check'
import { jsonName, printable, printableJson, printableText } from '../../src/core/printable.js'

t.test('threats 25: what a terminal would act on is escaped', async (t) => {
  t.equal(printable(Buffer.from('a\nb')), 'a\\nb')
  t.equal(printable(Buffer.from('\x1b[31mred')), '\\x1b[31mred')
  t.equal(printableText('\u202Egnp.exe'), '\\u{202e}gnp.exe')
  t.equal(printable(Buffer.from('naïve 日本')), 'naïve 日本')
  t.equal(printable(Buffer.from([0x61, 0xff, 0x62])), 'a\\xffb')
})

t.test('no name at all reaches a terminal unescaped', async (t) => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 60 }),
      (name) =>
        // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
        !/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/u.test(printable(name))
    )
  )
  t.pass('none')
})

t.test('threats 25: JSON says the same, with nothing that a terminal acts on', async (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const json = printableJson({ text }, 2)
      return JSON.parse(json).text === text && printableText(json) === json.replaceAll('\n', '\\n')
    })
  )
  t.equal(printableJson('\x9b\u202e\u{e0001}'), '"\\u009b\\u202e\\udb40\\udc01"')
})

t.test('threats 24: bytes that are not UTF-8 go into JSON beside their text', async (t) => {
  t.same(jsonName(Buffer.from('ok')), { name: 'ok' })
  t.same(jsonName(Buffer.from([0xff])), { name: '\\xff', nameBase64: '/w==' })
})
