/**
 * Files that are being put. They lie in a folder of their own until they are whole, so that nobody
 * has to look for leftovers among many files, and nobody lists them.
 */
import { randomUUID } from 'node:crypto'
import { KitError } from '../../src/core/errors.js'
import { whileTimeStands } from '../call-time.js'
import type { FileContent } from '../facets/named-files.js'
import { EarlySync } from './early-sync.js'
import { hasStatus, STATUS } from './errors.js'
import { folderEntries } from './folder-entries.js'
import { FSYNC, POSIX_RENAME, type Session } from './session.js'
import { writeBehind } from './write-behind.js'

/** The folder of files that are being put. */
export const INCOMING = '.ipfs-kit-put'
/** What a put left there that was killed is removed after so many seconds of the server's clock. */
const LEFT_AFTER_S = 24 * 3600
/** Ends the name of a file that a put took away from its place; it is never removed for its age. */
const OLDER = '.older'
/** Others may put under the same name at once, so often. */
const MAX_TAKEN = 8
/** The time that it takes a disk to take in more than this is not the server's silence. */
const LONG_SYNC = 32 << 20
/** Ends what is done for a call that has ended. */
const CLEANUP_MS = 10_000

interface NewFile {
  readonly root: string
  readonly name: string
  readonly content: FileContent
}

export class Incoming {
  /** Temporary files whose removal failed because the connection was lost. */
  readonly #left = new Set<string>()
  #isSwept = false

  /** @param explain looks into an error before the temporary file, and with it its reason, is gone. */
  async put(
    session: Session,
    { root, name, content }: NewFile,
    signal: AbortSignal,
    explain: (error: unknown) => Promise<unknown>
  ): Promise<void> {
    const temporary = `${root}/${INCOMING}/${randomUUID()}`
    const path = `${root}/${name}`
    try {
      await this.#write(session, root, temporary, content, signal)
      const made = await makeFolders(session, root, path, signal)
      if (signal.aborted) throw signal.reason
      await moveInto(session, temporary, path, signal)
      for (const folder of made) await syncFolder(session, folder, signal)
    } catch (error) {
      const explained = await explain(error)
      await this.#remove(session, temporary)
      throw explained
    }
  }

  async #write(
    session: Session,
    root: string,
    temporary: string,
    content: FileContent,
    signal: AbortSignal
  ): Promise<void> {
    // prettier-ignore
    const handle = await openNew(session, root, temporary, signal)
    const early = new EarlySync(session, temporary, signal)
    try {
      const size = await writeBehind(session, handle, content, { signal, took: (bytes) => early.took(bytes) }) // prettier-ignore
      if (session.offers(FSYNC)) {
        const sync = (): Promise<void> => session.sync(handle, signal)
        await (size > LONG_SYNC ? whileTimeStands(signal, sync) : sync())
      }
      const found = await session.fstat(handle, signal)
      if (found.size !== size)
        throw new KitError('BACKEND_UNAVAILABLE', `of ${size} bytes that were put ${found.size} are there`) // prettier-ignore
      await session.close(handle, signal)
      await this.#sweep(session, root, found.mtime)
    } catch (error) {
      session.abandon(handle)
      throw error
    } finally {
      early.end()
    }
  }

  /** Whatever stays behind here is removed by a later put. */
  async #remove(session: Session, temporary: string): Promise<void> {
    try {
      await session.remove(temporary, AbortSignal.timeout(CLEANUP_MS))
    } catch (error) {
      if (!hasStatus(error, STATUS.noSuchFile)) this.#left.add(temporary)
    }
  }

  /** Removes what earlier puts left. @param now by the server's clock, in seconds. */
  async #sweep(session: Session, root: string, now: number): Promise<void> {
    const signal = AbortSignal.timeout(CLEANUP_MS)
    // What cannot be removed now is added again: a set that is visited would have no end.
    const left = [...this.#left]
    for (const path of left) {
      if (session.isLost || signal.aborted) return
      this.#left.delete(path)
      await this.#remove(session, path)
    }
    if (this.#isSwept) return
    this.#isSwept = true
    try {
      await this.sweep(session, root, now - LEFT_AFTER_S, signal)
    } catch {
      // A later process tries again.
    }
  }

  /** @param before by the server's clock, in seconds. @returns how many were removed. */
  async sweep(
    session: Session,
    root: string,
    before: number,
    signal: AbortSignal
  ): Promise<number> {
    // prettier-ignore
    const folder = `${root}/${INCOMING}`
    let count = 0
    try {
      for await (const { name, attrs } of folderEntries(
        session,
        folder,
        '',
        signal,
        () => undefined
      )) {
        // prettier-ignore
        if (attrs.mtime >= before || name.endsWith(OLDER)) continue
        await session.remove(`${folder}/${name}`, signal)
        count++
      }
    } catch (error) {
      if (!hasStatus(error, STATUS.noSuchFile)) throw error
    }
    return count
  }
}

async function openNew(
  session: Session,
  root: string,
  temporary: string,
  signal: AbortSignal
): Promise<Buffer> {
  // prettier-ignore
  try {
    return await session.open(temporary, 'wx', signal)
  } catch (error) {
    if (!hasStatus(error, STATUS.noSuchFile)) throw error
    await makeFolder(session, `${root}/${INCOMING}`, signal)
    return await session.open(temporary, 'wx', signal)
  }
}

/**
 * Makes the folders on the way to a file.
 * @returns the folders that got a new name in them, the file's own among them.
 */
async function makeFolders(
  session: Session,
  root: string,
  path: string,
  signal: AbortSignal
): Promise<string[]> {
  // prettier-ignore
  const missing: string[] = []
  let folder = path.slice(0, path.lastIndexOf('/'))
  const changed = [folder]
  while (folder !== root && !(await isFolder(session, folder, signal))) {
    missing.unshift(folder)
    folder = folder.slice(0, folder.lastIndexOf('/'))
    changed.push(folder)
  }
  for (const each of missing) await makeFolder(session, each, signal)
  return changed
}

async function isFolder(session: Session, path: string, signal: AbortSignal): Promise<boolean> {
  try {
    return (await session.stat(path, signal)).isDirectory()
  } catch (error) {
    if (hasStatus(error, STATUS.noSuchFile)) return false
    throw error
  }
}

/** Makes a folder that others may make at the same time. */
async function makeFolder(session: Session, path: string, signal: AbortSignal): Promise<void> {
  try {
    await session.makeFolder(path, signal)
  } catch (error) {
    if (!(await isFolder(session, path, signal))) throw error
  }
}

/**
 * Gives a whole file its name. A server without posix-rename refuses a name that is taken: there the
 * older file goes aside first, and whoever looks in between finds neither.
 */
async function moveInto(
  session: Session,
  from: string,
  to: string,
  signal: AbortSignal
): Promise<void> {
  // prettier-ignore
  if (session.offers(POSIX_RENAME)) return await session.replace(from, to, signal)
  const aside: string[] = []
  for (let tries = 1; ; tries++)
    try {
      await session.rename(from, to, signal)
      break
    } catch (error) {
      if (!hasStatus(error, STATUS.failure) || tries > MAX_TAKEN)
        throw await afterReturn(session, aside.at(-1), to, error)
      const path = `${from}-${tries}${OLDER}`
      if (await goesAside(session, to, path, signal)) aside.push(path)
    }
  for (const path of aside) await session.remove(path, signal)
}

/** Moves a file away; whoever puts under the same name may have done it. */
async function goesAside(
  session: Session,
  path: string,
  aside: string,
  signal: AbortSignal
): Promise<boolean> {
  // prettier-ignore
  try {
    await session.rename(path, aside, signal)
    return true
  } catch (error) {
    if (hasStatus(error, STATUS.noSuchFile)) return false
    throw error
  }
}

/** Moves the older file back where the new one cannot take its place. @returns the error. */
async function afterReturn(
  session: Session,
  aside: string | undefined,
  to: string,
  error: unknown
): Promise<unknown> {
  // prettier-ignore
  if (aside !== undefined)
    await session.rename(aside, to, AbortSignal.timeout(CLEANUP_MS)).catch(() => undefined)
  return error
}

/**
 * Makes new names durable, where the server can: some do not open folders. One that fails to is believed:
 * what is put would be gone after a power cut.
 */
async function syncFolder(session: Session, folder: string, signal: AbortSignal): Promise<void> {
  if (!session.offers(FSYNC)) return
  let handle: Buffer
  try {
    handle = await session.open(folder === '' ? '/' : folder, 'r', signal)
  } catch (error) {
    if (signal.aborted || session.isLost) throw error
    return
  }
  try {
    await session.sync(handle, signal)
  } catch (error) {
    if (!hasStatus(error, STATUS.unsupported)) throw error
  } finally {
    session.abandon(handle)
  }
}
