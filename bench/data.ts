/** The data that is measured: made anew in the scratch folder, incompressible, no block twice. */
import { randomBytes } from 'node:crypto'
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'

export const MIB = 1024 * 1024

/** A file of `mebibytes`, each MiB different from every other. @returns its path. */
export function makeFile(folder: string, name: string, mebibytes: number): string {
  const path = join(folder, name)
  const chunk = randomBytes(MIB)
  const fd = openSync(path, 'w')
  for (let i = 0; i < mebibytes; i++) {
    chunk.writeUInt32LE(i, 0)
    chunk.writeUInt32LE(i, MIB / 2)
    writeSync(fd, chunk)
  }
  closeSync(fd)
  return path
}

/** A folder of `count` files of `bytes` each, all different. @returns its path. */
export function makeFolder(folder: string, name: string, count: number, bytes: number): string {
  const path = join(folder, name)
  mkdirSync(path)
  const content = randomBytes(bytes)
  for (let i = 0; i < count; i++) {
    content.writeUInt32LE(i, 0)
    writeFileSync(join(path, `file-${String(i).padStart(7, '0')}`), content)
  }
  return path
}
