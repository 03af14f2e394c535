/** Parquet files of a home that are replaced while several threads show and read them. */
import { mkdirSync, readdirSync, renameSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { HomeFile } from '../../vfs/ports.js'
import { HomeFiles } from '../../src/service/home-files.js'
import { KeptVersions } from '../../src/service/kept-versions.js'
import { tempFolder } from '../support/temp.js'

const NAME = 'ipfs_index_000000.parquet'

interface Ground {
  readonly versions: string
  /** A thread's view. */
  readonly thread: () => HomeFiles
  readonly replace: (text: string) => void
}

function ground(t: Test): Ground {
  const home = tempFolder(t, 'home-files')
  const index = join(home, 'index')
  mkdirSync(index)
  const versions = join(home, 'run', 'versions')
  const replace = (text: string): void => {
    writeFileSync(join(index, 'new'), text)
    renameSync(join(index, 'new'), join(index, NAME))
  }
  return { versions, replace, thread: () => new HomeFiles(home, new KeptVersions(versions)) }
}

const textOf = (files: HomeFiles, file: HomeFile, from = 0): string => {
  const bytes = Buffer.alloc(100)
  return bytes.subarray(0, files.read(file, from, bytes, 0, 100)).toString()
}

t.test('threats 145: a version that was found is read to its end by any thread', async (t) => {
  const { thread, replace, versions } = ground(t)
  const [one, two, three] = [thread(), thread(), thread()]
  replace('first')
  const first = one.find('index', NAME)!
  t.equal(textOf(one, first), 'first')
  // More of them than a thread keeps open.
  const found: HomeFile[] = []
  for (let i = 0; i < 30; i++) {
    replace(`version ${i}`)
    found.push(two.find('index', NAME)!)
  }
  replace('last')
  t.equal(textOf(two, first, 2), 'rst', 'another thread reads on')
  for (const [i, file] of found.entries()) t.equal(textOf(three, file), `version ${i}`, 'who has not begun begins') // prettier-ignore
  t.equal(textOf(one, three.find('index', NAME)!), 'last')
  t.equal(readdirSync(join(versions, String(process.pid))).length, 32)
})

t.test('versions that were replaced are not kept without a bound', async (t) => {
  const { thread, replace, versions } = ground(t)
  const files = thread()
  const folder = join(versions, String(process.pid))
  mkdirSync(join(versions, 'of-an-earlier-engine'), { recursive: true })
  for (let i = 0; i < 100; i++) {
    replace(`version ${i}`)
    files.find('index', NAME)
  }
  t.equal(
    readdirSync(folder).length,
    65,
    'the one that is there, and those that were replaced last'
  )
  t.same(readdirSync(versions), [String(process.pid)])
  const left = readdirSync(folder).map((name) => statSync(join(folder, name)).size)
  t.ok(left.every((size) => size === 'version 99'.length))
})

t.test(
  'a file of the same size and time is another version only if its bytes may be',
  async (t) => {
    const { thread, replace, versions } = ground(t)
    const files = thread()
    replace('12345')
    const first = files.find('index', NAME)!
    replace('123456')
    t.equal(textOf(thread(), first), '12345')
    const kept = join(versions, String(process.pid))
    for (const name of readdirSync(kept)) utimesSync(join(kept, name), 1, 1)
    t.throws(
      () => textOf(thread(), first),
      { code: 'STALE' },
      'what is not the version is not read'
    )
  }
)
