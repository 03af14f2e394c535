/**
 * Replaces several files of a folder together. Nothing renames several names at once, so a small file
 * first says which are to be renamed; whoever opens them next finishes what a crash interrupted.
 */
import { existsSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fsyncDir, ifPresent, replaceFile } from './fs-durable.js'

export const NEW = '.new'

/** What identifies a file: enough to notice that somebody else replaced it. */
export interface FileMark {
  readonly size: number
  /** Milliseconds of its modification time. */
  readonly mtime: number
}

/** Returns the mark of a file; undefined where there is none. */
export function markOf(path: string): FileMark | undefined {
  const stat = ifPresent(() => statSync(path))
  return stat === undefined ? undefined : { size: stat.size, mtime: stat.mtimeMs }
}

export const isSameFile = (found: FileMark | undefined, known: FileMark): boolean =>
  found !== undefined && found.size === known.size && found.mtime === known.mtime

/** Returns the name under which a file is written before the switch. */
export const nextOf = (path: string): string => `${path}${NEW}`

export class FileSwitch {
  readonly #path: string

  /** @param path of the file that says what is renamed, in the folder of the others. */
  constructor(path: string) {
    this.#path = path
  }

  /** Makes the files that were written the current ones, all of them, whatever happens meanwhile. */
  switchOver(paths: readonly string[]): void {
    const names = paths.map((path) => basename(path))
    replaceFile(this.#path, Buffer.from(`${names.join('\n')}\n`))
    this.#rename(names)
  }

  /** Returns where a file lies now: under its new name, while a switch is on and has not come to it. */
  current(path: string): string {
    const next = nextOf(path)
    return existsSync(this.#path) && existsSync(next) ? next : path
  }

  /** Returns the names that a switch that is on makes current; undefined where none is on. */
  names(): readonly string[] | undefined {
    const text = ifPresent(() => readFileSync(this.#path, 'utf8'))
    return text?.split('\n').filter((name) => name !== '' && !name.includes('/'))
  }

  /** Finishes a switch that was begun. @returns whether there was one. */
  recover(): boolean {
    const names = this.names()
    if (names === undefined) return false
    this.#rename(names)
    return true
  }

  #rename(names: readonly string[]): void {
    const folder = dirname(this.#path)
    for (const name of names) {
      const path = join(folder, name)
      ifPresent(() => renameSync(nextOf(path), path))
    }
    fsyncDir(folder)
    rmSync(this.#path, { force: true })
  }
}
