/** Saved queries that are written elsewhere, in mounts where the kernel opens files without asking. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { mounted, sh, skipWithoutMount } from '../support/mount.js'
import { homeWithFile } from '../support/mounted-home.js'

const SQL = (n: number): string => `select ${n}`

/** Reads a file twice through one descriptor, and has it changed in between. */
const TWICE = `
import subprocess, sys
with open(sys.argv[1], 'rb', buffering=0) as file:
    print(file.read().decode())
    subprocess.run(['sh', '-c', sys.argv[2]], check=True)
    file.seek(0)
    print(file.read().decode())
`

t.test(
  'a change in place that keeps the size is seen by every mount and open file',
  { ...skipWithoutMount, timeout: 60_000 },
  async (t) => {
    const { kit, folder, cid } = await homeWithFile(t)
    const paths: string[] = []
    for (const name of ['one', 'two']) {
      mkdirSync(join(folder, name))
      const path = await mounted(t, kit, join(folder, name), '--open', 'none')
      // The first OPEN of content is answered so that the kernel asks no more.
      t.equal(readFileSync(join(path, 'ipfs', cid), 'utf8'), 'held\n')
      paths.push(join(path, 'queries', 'it.sql'))
    }
    const [one, two] = paths as [string, string]
    const kept = join(kit.home, 'queries', 'it.sql')
    const write = (path: string, n: number): string =>
      `printf "${SQL(n)}" | dd of="${path}" conv=notrunc status=none`
    writeFileSync(one, SQL(0))
    for (const [n, path] of [one, two, kept, one, two, kept].entries()) {
      await sh(write(path, n))
      for (const reader of [one, two]) t.equal(readFileSync(reader, 'utf8'), SQL(n), `${n}`)
    }
    for (const [writer, reader] of [
      [one, two],
      [kept, one]
    ] as const) {
      await sh(write(kept, 7))
      const read = await sh('python3 -c "$1" "$2" "$3"', TWICE, reader, write(writer, 8))
      t.equal(read, `${SQL(7)}\n${SQL(8)}\n`)
    }
  }
)
