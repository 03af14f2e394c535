// A smoke of the built program on the Node that runs this: add, mount, read, CAR, the examples of the library.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folder = mkdtempSync(join(tmpdir(), 'ipfs-kit-smoke-'))
const main = new URL('../dist/src/main.js', import.meta.url).pathname
const kit = (home, ...args) =>
  execFileSync(process.execPath, [main, '--home', join(folder, home), ...args], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
    .toString()
    .trim()
const check = (what, ok) => {
  if (!ok) throw new Error(`${what} failed on Node ${process.versions.node}`)
}
/** CID of the rows of a dataset in this version of its format. */
const ROWS = 'bafybeiarxqu4b5uejcwujkutrp5gvy2o6t6pjeotlsvpjw2uywt6old3a4'
const mount = join(folder, 'mnt')
try {
  const source = join(folder, 'source')
  mkdirSync(source)
  const bytes = Buffer.from(Array.from({ length: 3_000_000 }, (_, i) => (i * 7 + (i >> 9)) & 255))
  writeFileSync(join(source, 'big'), bytes)
  for (let i = 0; i < 6000; i++)
    writeFileSync(join(source, `file with a longer name ${i}`), String(i))
  const cid = kit('one', 'add', '-Q', source)
  kit('one', 'car', 'export', cid, '-o', join(folder, 'a.car'))
  check('car import', kit('two', 'car', 'import', '-q', join(folder, 'a.car')) === cid)
  if (process.env.TEST_FUSE === '1') {
    kit('two', 'mount', mount)
    check('read', readFileSync(join(mount, 'ipfs', cid, 'big')).equals(bytes))
    check(
      'read',
      readFileSync(join(mount, 'ipfs', cid, 'file with a longer name 5999'), 'utf8') === '5999'
    )
    kit('two', 'unmount', mount)
  }
  // The same rows are the same bytes on every version of Node; another number here is another format.
  const rows = Array.from(
    { length: 20_000 },
    (_, i) => `${i},${(i * 7919) % 1000},"name ${i % 77}"`
  )
  writeFileSync(join(folder, 'rows.csv'), `id,value,name\n${rows.join('\n')}\n`)
  kit('one', 'dataset', 'put', 'rows', join(folder, 'rows.csv'))
  const { data } = JSON.parse(kit('one', 'dataset', 'show', 'rows', '--json'))
  check(`the CID of a dataset, ${data},`, data === ROWS)
  const examples = new URL('../examples/', import.meta.url)
  for (const name of readdirSync(examples)) {
    if (name.startsWith('mount') && process.env.TEST_FUSE !== '1') continue
    execFileSync(process.execPath, [new URL(name, examples).pathname], {
      stdio: ['ignore', 'pipe', 'inherit']
    })
  }
  console.log(`smoke passed on Node ${process.versions.node}`)
} finally {
  try {
    kit('two', 'unmount', '--force', mount)
  } catch {
    // It was unmounted.
  }
  rmSync(folder, { recursive: true, force: true })
}
