/**
 * Replaces several files of a folder together. Nothing renames several names at once, so a small file
 * first says which are to be renamed; whoever opens them next finishes what a crash interrupted.
 */
import { existsSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fsyncDir, ifPresent, replaceFile } from './fs-durable.js'
import { readTextIfAny } from './read-file.js'

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

/** Begins the line of a file that goes. */
const GONE = '-'

/** Names of the files that a switch gives their place, and of those that go. */
export interface SwitchChanges {
  readonly renames: readonly string[]
  readonly removals: readonly string[]
}

export class FileSwitch {
  readonly #path: string

  /** @param path of the file that says what is renamed, in the folder of the others. */
  constructor(path: string) {
    this.#path = path
  }

  /**
   * Makes the files that were written the current ones, all of them, whatever happens meanwhile.
   * @param removed files that they take the place of, too.
   */
  switchOver(paths: readonly string[], removed: readonly string[] = []): void {
    const renames = paths.map((path) => basename(path))
    const removals = removed.map((path) => basename(path))
    const lines = [...renames, ...removals.map((name) => `${GONE}${name}`)]
    replaceFile(this.#path, Buffer.from(`${lines.join('\n')}\n`))
    this.#finish({ renames, removals })
  }

  /** Returns where a file lies now: under its new name, while a switch is on and has not come to it. */
  current(path: string): string {
    const next = nextOf(path)
    return existsSync(this.#path) && existsSync(next) ? next : path
  }

  /** Returns what a switch that is on changes; undefined where none is on. */
  changes(): SwitchChanges | undefined {
    const text = readTextIfAny(this.#path)
    const lines = text?.split('\n').filter((name) => name !== '' && !name.includes('/'))
    if (lines === undefined) return undefined
    return {
      renames: lines.filter((line) => !line.startsWith(GONE)),
      removals: lines.filter((line) => line.startsWith(GONE)).map((line) => line.slice(1))
    }
  }

  /** Finishes a switch that was begun. @returns whether there was one. */
  recover(): boolean {
    const changes = this.changes()
    if (changes === undefined) return false
    this.#finish(changes)
    return true
  }

  #finish({ renames, removals }: SwitchChanges): void {
    const folder = dirname(this.#path)
    for (const name of renames) {
      const path = join(folder, name)
      ifPresent(() => renameSync(nextOf(path), path))
    }
    for (const name of removals) rmSync(join(folder, name), { force: true })
    fsyncDir(folder)
    rmSync(this.#path, { force: true })
  }
}
