/** Calls past Node give what Node's give, and touch nothing but the buffers that they were given. */
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import {
  directRead,
  directReadAt,
  directWrite,
  makeDirectCalls,
  NOT_MADE,
  outcome
} from '../../src/core/direct-calls.js'
import { libc } from '../../src/core/native.js'
import { tempFolder } from '../support/temp.js'

const SIZE = 4096
const { EBADF, EIO } = constants.errno

t.test('direct calls', (t) => {
  const path = join(tempFolder(t, 'calls'), 'file')
  const content = Buffer.from(Array.from({ length: 3 * SIZE }, (_, i) => i % 251))
  writeFileSync(path, content)
  const fd = openSync(path, 'r+')
  t.teardown(() => closeSync(fd))
  const own = Buffer.from(new ArrayBuffer(SIZE))
  const other = Buffer.from(new ArrayBuffer(SIZE))

  t.equal(directReadAt(fd, own, 0, SIZE, 0), NOT_MADE, 'none before they are asked for')
  makeDirectCalls([own])

  t.equal(directReadAt(fd, own, 16, 100, 5000), 100)
  t.same(own.subarray(16, 116), content.subarray(5000, 5100))
  t.same(own.subarray(0, 16), Buffer.alloc(16), 'nothing before it')
  t.same(own.subarray(116), Buffer.alloc(SIZE - 116), 'nothing behind it')
  t.equal(directReadAt(fd, own, 0, SIZE, 3 * SIZE - 10), 10, 'fewer at the end')
  t.equal(directReadAt(fd, own, 0, SIZE, 4 * SIZE), 0, 'none behind it')

  t.equal(directRead(fd, own), SIZE)
  t.same(own, content.subarray(0, SIZE))
  t.equal(directRead(fd, own), SIZE, 'from where the descriptor is')
  t.same(own, content.subarray(SIZE, 2 * SIZE))

  own.fill(7)
  t.equal(directWrite(fd, own, 50), 50)
  const written = readFileSync(path)
  t.same(written.subarray(2 * SIZE, 2 * SIZE + 50), own.subarray(0, 50))
  t.same(written.subarray(2 * SIZE + 50), content.subarray(2 * SIZE + 50), 'no more than told')

  t.equal(directRead(-1, own), -EBADF, 'the errno')
  t.equal(directWrite(-1, own, 1), -EBADF)
  t.equal(directReadAt(-1, own, 0, 1, 0), -EBADF)

  libc().koffi.errno(0)
  t.equal(outcome(-1), -EIO, 'a failure without an errno is none the less one')

  for (const [made, what] of [
    [directReadAt(fd, own, 1, SIZE, 0), 'more than fits'],
    [directWrite(fd, own, SIZE + 1), 'more than there is'],
    [directRead(fd, other), 'another buffer'],
    [directRead(fd, own.subarray(1)), 'a part of one']
  ] as const)
    t.equal(made, NOT_MADE, what)
  t.same(other, Buffer.alloc(SIZE))
  t.end()
})
