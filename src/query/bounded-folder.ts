/** Keeps a folder of derived files from growing: those that were written first go. */
import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { ifPresent } from '../core/fs-durable.js'

/** Removes a tenth of `most` files where a folder has more than that. */
export function boundFolder(folder: string, most: number): void {
  const names = readdirSync(folder)
  if (names.length <= most) return
  const ages = names
    .map((name) => join(folder, name))
    .map((path) => ({ path, at: ifPresent(() => statSync(path).mtimeMs) ?? 0 }))
    .sort((a, b) => a.at - b.at)
  for (const { path } of ages.slice(0, Math.ceil(most / 10))) rmSync(path, { force: true })
}
