/** Removing a folder of any depth: `rmSync` recurses, and overflows its stack at a path of 4096 bytes. */
import { lstatSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs'
import { ifPresent } from './fs-durable.js'

/** Remove a file, or a folder with all that is in it. Links are removed, never followed. */
export function removeTree(root: Buffer): void {
  const folders: Buffer[] = []
  const open = [root]
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const here = path
    const entry = ifPresent(() => lstatSync(here))
    if (entry === undefined) continue
    if (!entry.isDirectory()) {
      unlinkSync(here)
      continue
    }
    folders.push(here)
    for (const name of readdirSync(here, { encoding: 'buffer' }))
      open.push(Buffer.concat([here, Buffer.from('/'), name]))
  }
  // A folder comes before what is in it.
  for (const folder of folders.reverse()) rmdirSync(folder)
}
