/**
 * Files that are being put. They lie in a folder of their own until they are whole, so that nobody
 * has to look for leftovers among many files, and nobody lists them.
 */
import { randomUUID } from 'node:crypto'
import { KitError } from '../../src/core/errors.js'
import type { FileContent } from '../facets/named-files.js'
import { withStepTime } from '../step-time.js'
import { DurableFolders } from './durable-folders.js'
import { EarlySync } from './early-sync.js'
import { hasStatus, STATUS } from './errors.js'
import { folderEntries } from './folder-entries.js'
import { INCOMING, isAside, moveInto, putBack } from './set-aside.js'
import { FSYNC, type Session } from './session.js'
import { writeBehind } from './write-behind.js'

export { INCOMING }

/** What a put left there that was killed is removed after so many seconds of the server's clock. */
const LEFT_AFTER_S = 24 * 3600
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
  readonly #durable = new DurableFolders()
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
      const folder = path.slice(0, path.lastIndexOf('/'))
      const made = await makeFolders(session, root, folder, signal)
      if (signal.aborted) throw signal.reason
      await moveInto(session, temporary, root, name, signal)
      const changed = this.#durable.toSync(root, folder, made)
      for (const each of changed) await syncFolder(session, each, signal)
      this.#durable.synced(changed)
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
        const sync = (ending: AbortSignal): Promise<void> => session.sync(handle, ending)
        await (size > LONG_SYNC
          ? withStepTime(signal, 'the disk of the server takes in a file', sync)
          : sync(signal))
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
        if (isAside(name)) await putBack(session, root, name, signal)
        if (attrs.mtime >= before || isAside(name)) continue
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

/** Makes a folder and those on the way to it. @returns the ones that were missing. */
async function makeFolders(
  session: Session,
  root: string,
  folder: string,
  signal: AbortSignal
): Promise<string[]> {
  // prettier-ignore
  const missing: string[] = []
  for (let at = folder; at !== root && !(await isFolder(session, at, signal));) {
    missing.unshift(at)
    at = at.slice(0, at.lastIndexOf('/'))
  }
  for (const each of missing) await makeFolder(session, each, signal)
  return missing
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
