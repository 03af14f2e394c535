/** Multipart bodies in pieces of every size, and hostile ones. */
import { buffer } from 'node:stream/consumers'
import t from 'tap'
import { headerParameters } from '../../src/http/header-parameters.js'
import { boundaryOf, multipartParts } from '../../src/http/multipart.js'

const B = 'XyZ-boundary'

interface Read {
  readonly fields: Record<string, string>
  readonly body: string
}

async function* cut(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text, 'latin1')
  for (let at = 0; at < bytes.length; at += size)
    yield await Promise.resolve(bytes.subarray(at, at + size))
}

async function parts(text: string, size: number, boundary = B): Promise<Read[]> {
  const read: Read[] = []
  for await (const { fields, body } of multipartParts(cut(text, size), boundary))
    read.push({
      fields: Object.fromEntries(fields),
      body: (await buffer(body as AsyncIterable<Buffer>)).toString('latin1')
    })
  return read
}

const part = (name: string, body: string): string =>
  `--${B}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${body}\r\n`

t.test('parts are read alike however they are cut', async (t) => {
  const bodies = ['', 'a', '\r\n', `\r\n--${B}x`, `\r\n--${B.slice(0, -1)}`, '\r\r\n\r\n--', 'x'.repeat(3000), '--', `--${B}?`] // prettier-ignore
  const text = `a preamble\r\n${bodies.map((body, i) => part(String(i), body)).join('')}--${B}--\r\nan epilogue`
  for (const size of [1, 2, 3, 7, 64, 1000, 1 << 20]) {
    const read = await parts(text, size)
    t.same(read.map(({ body }) => body), bodies, `in pieces of ${size}`) // prettier-ignore
    t.equal(read[3]?.fields['content-disposition'], 'form-data; name="3"')
  }
})

t.test('a part may have no fields, no body, or blanks behind its boundary', async (t) => {
  t.same(await parts(`--${B}\r\n\r\nx\r\n--${B}--`, 5), [{ fields: {}, body: 'x' }])
  t.same(await parts(`--${B}\r\nA: b\r\n\r\n--${B}--`, 5), [{ fields: { a: 'b' }, body: '' }])
  t.same(await parts(`--${B} \t\r\nA:b\r\n\r\ny\r\n--${B}--`, 1), [
    { fields: { a: 'b' }, body: 'y' }
  ])
  t.same(await parts(`--${B}--`, 3), [])
})

t.test('what is not read of a part is passed over', async (t) => {
  const names: string[] = []
  const text = `${part('a', 'x'.repeat(100_000))}${part('b', '')}--${B}--`
  for await (const { fields } of multipartParts(cut(text, 1000), B))
    names.push(fields.get('content-disposition') ?? '')
  t.equal(names.length, 2)
})

t.test('bodies that are cut short or malformed are refused', async (t) => {
  const whole = `${part('a', 'body')}--${B}--`
  for (let length = 0; length < whole.length; length++)
    await t.rejects(
      parts(whole.slice(0, length), 9),
      { code: 'INVALID_ARGUMENT' },
      `${length} bytes`
    )
  const refused = (text: string): Promise<unknown> =>
    t.rejects(parts(text, 4096), { code: 'INVALID_ARGUMENT' }, text.slice(0, 60))
  await refused(`--${B}\r\n${'A: b\r\n'.repeat(20_000)}\r\nx\r\n--${B}--`)
  await refused(`--${B}\r\nA: ${'x'.repeat(100_000)}`)
  await refused(`--${B}\r\nno field\r\n\r\nx\r\n--${B}--`)
  await refused(`--${B}\r\nA: b\0c\r\n\r\nx\r\n--${B}--`)
  await refused('x'.repeat(100_000))
  await refused(`--${B}${' '.repeat(100_000)}\r\n`)
})

t.test(
  'threats 121: a text that is full of beginnings of the boundary takes no more time',
  async (t) => {
    const body = `\r\n--${B.slice(0, -1)}`.repeat(200_000)
    const [read] = await parts(`--${B}\r\n\r\n${body}\r\n--${B}--`, 64 << 10)
    t.equal(read?.body.length, body.length)
  }
)

t.test('boundaries', async (t) => {
  t.equal(boundaryOf('multipart/form-data; boundary=abc'), 'abc')
  t.equal(boundaryOf('Multipart/Form-Data ; Charset="x; boundary=no"; boundary="a b\\"c"'), 'a b"c')
  t.equal(boundaryOf('application/octet-stream'), undefined)
  t.equal(boundaryOf(undefined), undefined)
  t.equal(boundaryOf('multipart/form-database; boundary=x'), undefined)
  for (const type of [
    'multipart/form-data',
    'multipart/form-data; boundary=',
    `multipart/form-data; boundary=${'x'.repeat(71)}`
  ])
    t.throws(() => boundaryOf(type), { code: 'INVALID_ARGUMENT' })
})

t.test('parameters of fields', async (t) => {
  const found = headerParameters('form-data; name="file?mode=0644&x=\\"y"; FileName=a%2Fb; name=2')
  t.same([...found], [['name', 'file?mode=0644&x="y'], ['filename', 'a%2Fb']]) // prettier-ignore
})
