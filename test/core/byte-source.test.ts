import { closeSync, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { fileSource } from '../../src/core/byte-source.js'
import { tempFolder } from '../support/temp.js'

t.test('an open file is read at any offset, and fewer bytes only at its end', async (t) => {
  const path = join(tempFolder(t, 'source'), 'file')
  writeFileSync(path, 'content')
  const fd = openSync(path, 'r')
  t.teardown(() => closeSync(fd))
  const source = fileSource(fd)
  t.equal(source.size, 7)
  const target = Buffer.alloc(4)
  const read = (offset: number): string => target.toString('utf8', 0, source.read(target, offset))
  t.equal(read(0), 'cont')
  t.equal(read(2), 'nten')
  t.equal(read(5), 'nt')
  t.equal(read(7), '')
  t.equal(read(100), '')
})
