/** Types of content by its first bytes, and by its name where those say little. */
import t from 'tap'
import { HEAD, mimeOf } from '../../src/metadata/mime-of.js'

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1')

t.test('first bytes say what a file is, whatever its name', (t) => {
  const cases: [string, string | null, string][] = [
    ['%PDF-1.7', 'x.txt', 'application/pdf'],
    ['\x89PNG\r\n\x1a\n0000', null, 'image/png'],
    ['\xff\xd8\xff\xe0', 'photo.png', 'image/jpeg'],
    ['GIF89a', null, 'image/gif'],
    ['\x1f\x8b\x08\0', 'x', 'application/gzip'],
    ['PAR1\x15\x04', 'x.csv', 'application/vnd.apache.parquet'],
    ['ARROW1\0\0', null, 'application/vnd.apache.arrow.file']
  ]
  for (const [head, name, type] of cases) t.equal(mimeOf(bytes(head), name), type, type)
  t.end()
})

t.test('the name says more where bytes say text or archive, and never less', (t) => {
  t.equal(mimeOf(bytes('a,b\n1,2\n'), 'x.csv'), 'text/csv')
  t.equal(mimeOf(bytes('a,b\n1,2\n'), null), 'text/plain')
  t.equal(mimeOf(bytes('a,b\n1,2\n'), 'x.png'), 'text/plain', 'text is no picture')
  t.match(mimeOf(bytes('PK\x03\x04'), 'x.docx'), /wordprocessingml/)
  t.equal(mimeOf(bytes('PK\x03\x04'), null), 'application/zip')
  t.equal(mimeOf(bytes('\0\x01\x02\xfe'), null), 'application/octet-stream')
  t.type(mimeOf(new Uint8Array(0), null), 'string')
  t.type(mimeOf(new Uint8Array(HEAD), 'x.bin'), 'string')
  t.end()
})
