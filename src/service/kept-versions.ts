/**
 * Keeps versions of files readable that were replaced while somebody reads them: each version that was shown has a second name,
 * a hard link below `run`, which all threads of an engine find. One stays for an hour after it was replaced, unless there are many,
 * and goes when another one is kept after that.
 */
import { linkSync, readdirSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { toHex, utf8 } from '../core/bytes.js'
import { systemCode } from '../core/errors.js'
import { isSameFile, markOf, type FileMark } from '../core/file-switch.js'
import { ifPresent, makeDir } from '../core/fs-durable.js'
import { sha256 } from '../core/hash.js'
import { runFolder } from './run-folder.js'

/** How long a version stays after it was replaced. */
const KEPT_MS = 60 * 60_000
/** Versions that were replaced, and their bytes; the newest one stays whatever it has. */
const MAX_KEPT = 64
const MAX_KEPT_BYTES = 1 << 30

/** Returns where an engine keeps them, which no other needs. */
export const versionsFolder = (home: string): string => join(runFolder(home), 'versions')

export class KeptVersions {
  readonly #folder: string
  /** The version of each file that was kept last. */
  readonly #last = new Map<string, string>()

  /** @param parent of the folder of this process. Those of others, whose readers are gone, are removed from it. */
  constructor(parent: string) {
    this.#folder = join(parent, String(process.pid))
  }

  /** Returns where a version lies, if it was kept. */
  pathOf(path: string, { size, mtime }: FileMark): string {
    return join(this.#folder, toHex(sha256(utf8(`${path}/${size}/${mtime}`))).slice(0, 32))
  }

  /**
   * Keeps a version, unless the system does not let us: on a disk that is full, or one without links.
   * @returns whether it is still the one that is there: only that can be kept.
   */
  keep(path: string, mark: FileMark): boolean {
    const kept = this.pathOf(path, mark)
    if (this.#last.get(path) === kept) return true
    try {
      this.#link(path, kept)
      if (!isSameFile(markOf(kept), mark)) {
        rmSync(kept, { force: true })
        return false
      }
      this.#removeOld()
    } catch (error) {
      const code = systemCode(error)
      if (code === undefined) throw error
      if (code !== 'EEXIST') return true
    }
    this.#last.set(path, kept)
    return true
  }

  #link(path: string, kept: string): void {
    try {
      linkSync(path, kept)
    } catch (error) {
      // The folder comes with the first of them, or the file has just been replaced.
      if (systemCode(error) !== 'ENOENT') throw error
      makeDir(this.#folder)
      this.#removeLeftBehind()
      linkSync(path, kept)
    }
  }

  #removeLeftBehind(): void {
    const parent = dirname(this.#folder)
    for (const name of readdirSync(parent))
      if (name !== basename(this.#folder)) rmSync(join(parent, name), { recursive: true, force: true }) // prettier-ignore
  }

  /** Removes the versions that nobody is expected to read any more. The last name of one changes its ctime as it is replaced. */
  #removeOld(): void {
    const replaced = readdirSync(this.#folder)
      .flatMap((name) => {
        const path = join(this.#folder, name)
        const found = ifPresent(() => statSync(path))
        return found?.nlink === 1 ? [{ path, size: found.size, at: found.ctimeMs }] : []
      })
      .toSorted((one, other) => other.at - one.at)
    let bytes = 0
    for (const [i, { path, size, at }] of replaced.entries()) {
      bytes += size
      if (i === 0 || (i < MAX_KEPT && bytes <= MAX_KEPT_BYTES && Date.now() - at < KEPT_MS))
        continue
      rmSync(path, { force: true })
    }
  }
}
