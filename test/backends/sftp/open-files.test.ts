/** Files that stay open between short reads. */
import { readdirSync, readlinkSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { facetOf } from '../../../backends/facets/facets.js'
import { readRange } from '../../../backends/files/read-range.js'
import { skipWithoutOpenSsh } from '../../servers/openssh.js'
import { sftpBackend, sftpPlace } from '../../support/sftp.js'

const { signal } = new AbortController()
const MIB = 1 << 20

/** The files below a folder that any process holds open. */
function openBelow(folder: string): string[] {
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return processes.flatMap((pid) => linksOf(`/proc/${pid}/fd`)).filter((path) => path.startsWith(`${folder}/`)) // prettier-ignore
}

/** A process may end while it is looked at. */
function linksOf(folder: string): string[] {
  try {
    return readdirSync(folder).map((name) => readlinkSync(join(folder, name)))
  } catch {
    return []
  }
}

t.test('short reads of a file leave it open, once', skipWithoutOpenSsh, async (t) => {
  const place = await sftpPlace(t)
  const content = Buffer.from(Array.from({ length: MIB }, (_, at) => (at * 7 + (at >> 8)) & 0xff))
  writeFileSync(join(place.files, 'file'), content)
  const files = facetOf(sftpBackend(t, place), 'fileReader')
  const part = (position: number, length: number) =>
    readRange(files, 'file', { position, length }, length, { signal })
  for (const [position, length] of [
    [0, MIB],
    [5, 700_000],
    [MIB - 10, 4096],
    [MIB, 10],
    [77, 1]
  ] as const)
    // prettier-ignore
    t.ok(content.subarray(position, position + length).equals(await part(position, length)))
  const parts = await Promise.all([1, 2, 3].map((n) => part(n * 1000, 1000)))
  t.ok(Buffer.concat(parts).equals(content.subarray(1000, 4000)), 'several at once')
  // What is closed is closed without waiting; the answer to a further request comes after it.
  await files.stat('another', { signal })
  t.same(openBelow(place.files), [join(place.files, 'file')], 'by one handle')
})

t.test('what is replaced or removed is noticed by the next read', skipWithoutOpenSsh, async (t) => {
  const place = await sftpPlace(t)
  const path = join(place.files, 'file')
  const backend = sftpBackend(t, place)
  const files = facetOf(backend, 'fileReader')
  const begin = async () =>
    Buffer.from(await readRange(files, 'file', { position: 0, length: 9 }, 9, { signal })).toString() // prettier-ignore
  writeFileSync(path, 'the first')
  t.equal(await begin(), 'the first')
  writeFileSync(`${path}.new`, 'another one')
  renameSync(`${path}.new`, path)
  t.equal(await begin(), 'another o', 'by somebody else')
  await facetOf(backend, 'fileWriter').put('file', () => [Buffer.from('third one')], { signal })
  t.equal(await begin(), 'third one', 'by ourselves, with the same size')
  rmSync(path)
  await t.rejects(begin(), { code: 'PATH_NOT_FOUND' })
  writeFileSync(path, 'the fifth')
  t.equal(await begin(), 'the fifth')
})

t.test('more files are read than are kept open', skipWithoutOpenSsh, async (t) => {
  const place = await sftpPlace(t)
  const names = Array.from({ length: 40 }, (_, n) => `file-${n}`)
  for (const name of names) writeFileSync(join(place.files, name), name)
  const files = facetOf(sftpBackend(t, place), 'fileReader')
  const read = async (name: string) =>
    Buffer.from(await readRange(files, name, { position: 0, length: 99 }, 99, { signal })).toString() // prettier-ignore
  t.same(await Promise.all(names.map(read)), names)
  t.same(await Promise.all(names.map(read)), names)
  // What is closed is closed without waiting; the answer to a further request comes after it.
  await files.stat('another', { signal })
  t.equal(openBelow(place.files).length, 16)
})
