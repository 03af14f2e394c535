import t from 'tap'
import { parseFacts, parseLines, parseMlsd, timeOf } from '../../../backends/ftp/listing.js'

const lines = (...all: string[]): string => all.map((line) => `${line}\r\n`).join('')

t.test('MLSD: facts in any order and case, names with spaces and semicolons', async (t) => {
  const text = lines(
    'type=cdir;modify=20240102030405; .',
    'Type=pdir; ..',
    'type=file;size=12;modify=20240102030405.123;unique=1ab; a name; of it.car',
    'Size=0;Modify=20240102030406;Type=FILE; empty',
    'type=dir;sizd=4096;modify=20240102030405; folder',
    'type=OS.unix=slink:/etc/passwd;size=9; link',
    'no facts at all',
    ''
  )
  t.match(parseMlsd(text), [
    { name: 'a name; of it.car', kind: 'file', size: 12, unique: '1ab' },
    { name: 'empty', kind: 'file', size: 0, unique: undefined },
    { name: 'folder', kind: 'folder' },
    { name: 'link', kind: 'other' }
  ])
  t.equal(parseMlsd(text).length, 4)
  t.equal(parseFacts('type=file;size=x; a')?.kind, 'file')
  t.ok(Number.isNaN(parseFacts('type=file; a')?.size))
})

t.test('LIST as Unix and as DOS writes it', async (t) => {
  const unix = lines(
    'total 8',
    'drwxr-xr-x    2 1    1      4096 Nov 26 09:00 .',
    'drwxr-xr-x    2 1    1      4096 Nov 26 09:00 ..',
    '-rw-r--r--    1 1    1      1057 Nov 26  2020 a name.car',
    'drwxr-xr-x    2 1    1      4096 Nov 26 09:00 folder',
    'lrwxrwxrwx    1 1    1         9 Nov 26 09:00 link -> /etc/passwd'
  )
  t.match(parseLines(unix), [
    { name: 'a name.car', kind: 'file', size: 1057 },
    { name: 'folder', kind: 'folder' },
    { name: 'link', kind: 'other' }
  ])
  const dos = lines(
    '12-05-96  05:03PM       <DIR>          folder',
    '11-26-20  09:00AM                 1057 a name.car'
  )
  t.match(parseLines(dos), [
    { name: 'folder', kind: 'folder' },
    { name: 'a name.car', kind: 'file', size: 1057 }
  ])
  t.same(parseLines(''), [])
  t.throws(() => parseLines('<html>no list</html>'))
})

t.test('times', async (t) => {
  t.equal(timeOf('20240102030405.123'), Date.UTC(2024, 0, 2, 3, 4, 5))
  t.equal(timeOf('yesterday'), undefined)
  t.equal(timeOf(undefined), undefined)
})
