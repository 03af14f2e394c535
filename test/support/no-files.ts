/** What may lie where a file should: none of it is read, waited for, or taken into memory. */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { Test } from 'tap'

type Make = (path: string, t: Pick<Test, 'teardown'>) => void | Promise<void>

const isRoot = process.getuid?.() === 0

export const NO_FILES: Readonly<Record<string, Make>> = {
  'a pipe': (path) => void execFileSync('mkfifo', [path]),
  'a socket': async (path, t) => {
    const server = createServer().listen(path)
    t.teardown(() => server.close())
    await once(server, 'listening')
  },
  'a folder': (path) => mkdirSync(path),
  'a huge file of nothing': (path) => {
    writeFileSync(path, '')
    truncateSync(path, 2 ** 40)
  },
  'a link to an endless device': (path) => symlinkSync('/dev/zero', path),
  'a link to itself': (path) => symlinkSync(path, path),
  ...(isRoot
    ? { 'a device': (path: string) => void execFileSync('mknod', [path, 'c', '1', '5']) }
    : {})
}
