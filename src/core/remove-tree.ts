/** Removes folders of any depth; `rmSync` recurses and overflows the stack below 4096-byte paths. */
import { lstatSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs'
import { ifPresent } from './fs-durable.js'

/** Removes a file, or a folder with its content. Links are removed, never followed. */
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
  // The list has each folder before its content, so it is removed from the end.
  for (const folder of folders.reverse()) rmdirSync(folder)
}
