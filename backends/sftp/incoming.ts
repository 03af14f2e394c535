/**
 * Files that are being put. They lie in a folder of their own until they are whole, so that nobody
 * has to look for leftovers among many files, and nobody lists them.
 */
import { KitError } from '../../src/core/errors.js'
import type { FileContent } from '../facets/named-files.js'
import {
  CutOffPuts,
  isCutOff,
  isSameState,
  MIN_RESUMED,
  putId,
  restAfter,
  whileQuiet,
  type CutOffPut,
  type FileState
} from '../files/cut-off-puts.js'
import { withStepTime } from '../step-time.js'
import { DurableFolders } from './durable-folders.js'
import { EarlySync } from './early-sync.js'
import { hasStatus, STATUS, StatusError } from './errors.js'
import { folderEntries, type FolderEntry } from './folder-entries.js'
import { INCOMING, isAside, moveInto, putBack } from './set-aside.js'
import { readAhead } from './read-ahead.js'
import { FSYNC, type Handle, type Session } from './session.js'
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
  /** In bytes; infinite where it is not known. */
  readonly size: number
}

/** A file that is being written, and what of its content is not in it yet. */
interface Begun {
  readonly handle: Handle
  readonly from: number
  readonly content: FileContent
}

export class Incoming {
  /** Temporary files whose removal failed because the connection was lost. */
  readonly #left = new Set<string>()
  readonly #durable = new DurableFolders()
  readonly #cutOff = new CutOffPuts()
  #looked: Promise<void> | undefined
  #isSwept = false

  /** @param explain looks into an error before the temporary file, and with it its reason, is gone. */
  async put(
    session: Session,
    { root, name, content, size }: NewFile,
    signal: AbortSignal,
    explain: (error: unknown) => Promise<unknown>
  ): Promise<void> {
    const temporary = `${root}/${INCOMING}/${putId(name)}`
    const path = `${root}/${name}`
    let stored = 0
    const put = async (): Promise<void> => {
      if (size >= MIN_RESUMED) await (this.#looked ??= this.#look(session, root))
      const took = (position: number): void => void (stored = position)
      await this.#write(session, temporary, { root, name, content, size }, took, signal)
      const folder = path.slice(0, path.lastIndexOf('/'))
      const made = await makeFolders(session, root, folder, signal)
      if (signal.aborted) throw signal.reason
      await moveInto(session, temporary, root, name, signal)
      const changed = this.#durable.toSync(root, folder, made)
      for (const each of changed) await syncFolder(session, each, signal)
      this.#durable.synced(changed)
    }
    try {
      await this.#cutOff.during(temporary, put)
    } catch (error) {
      const explained = await explain(error)
      const isLater = session.isLost || isCutOff(error) || isCutOff(signal.reason)
      const needless = isLater && stored >= MIN_RESUMED ? this.#cutOff.left(temporary) : [temporary]
      for (const each of needless) await this.#remove(session, each)
      throw explained
    }
  }

  /** Looks for what puts of earlier processes left. Where that fails, the next put does. */
  async #look(session: Session, root: string): Promise<void> {
    try {
      for (const { name } of await entriesOf(session, root, AbortSignal.timeout(CLEANUP_MS)))
        if (!isAside(name)) this.#cutOff.found(`${root}/${INCOMING}/${name}`)
    } catch {
      this.#looked = undefined
    }
  }

  async #write(
    session: Session,
    temporary: string,
    file: NewFile,
    took: (position: number) => void,
    signal: AbortSignal
  ): Promise<void> {
    const { root, content } = file
    const {
      handle,
      from,
      content: rest
    } = (await this.#goOn(session, temporary, file, signal)) ?? {
      handle: await openNew(session, root, temporary, signal),
      from: 0,
      content
    }
    let stored = from
    took(stored)
    const taken = (bytes: number): void => {
      early.took(bytes)
      took((stored += bytes))
    }
    const early = new EarlySync(session, temporary, signal)
    try {
      const size = await writeBehind(session, handle, rest, { signal, from, took: taken })
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

  /** Takes over what a put of the same content left; undefined where there is nothing of that. */
  async #goOn(
    session: Session,
    temporary: string,
    { name, content }: NewFile,
    signal: AbortSignal
  ): Promise<Begun | undefined> {
    const left = this.#cutOff.take(name)
    if (left === undefined) return undefined
    const handle = await session.open(left.path, 'r+', signal).catch((error: unknown) => {
      if (error instanceof StatusError) return undefined
      this.#cutOff.giveBack(left)
      throw error
    })
    if (handle === undefined) return undefined
    let begun: Begun | undefined
    try {
      begun = await this.#claim(session, handle, left, temporary, content, signal)
    } catch (error) {
      if (!(error instanceof StatusError)) {
        session.abandon(handle)
        this.#cutOff.giveBack(left)
        throw error
      }
    }
    if (begun !== undefined) return begun
    // Once alone: the server may give the same handle to another put after that.
    session.abandon(handle)
    if (left.isOwn) await this.#remove(session, left.path)
    return undefined
  }

  /** Takes a file over that holds the beginning of some content, and to which nobody writes. */
  async #claim(
    session: Session,
    handle: Handle,
    { path }: CutOffPut,
    temporary: string,
    content: FileContent,
    signal: AbortSignal
  ): Promise<Begun | undefined> {
    const before = await stateOf(session, handle, signal)
    const { size } = before
    if (size < MIN_RESUMED) return undefined
    const stored = readAhead(session, handle, { position: 0, end: size }, signal)
    const rest = await restAfter(content, { size, pieces: stored }, signal)
    if (rest === undefined) return undefined
    try {
      await whileQuiet(signal)
      // Whoever renames it first has it.
      if (isSameState(before, await stateOf(session, handle, signal))) {
        await session.rename(path, temporary, signal)
        if (isSameState(before, await stateOf(session, handle, signal)))
          return { handle, from: size, content: () => rest.pieces }
        await this.#remove(session, temporary)
      }
    } catch (error) {
      rest.end()
      throw error
    }
    rest.end()
    return undefined
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
    const left = [...this.#left, ...this.#cutOff.expired()]
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
    const entries = await entriesOf(session, root, signal)
    return await sweepEntries(session, root, entries, before, signal)
  }
}

async function stateOf(session: Session, handle: Handle, signal: AbortSignal): Promise<FileState> {
  const { size, mtime } = await session.fstat(handle, signal)
  return { size, modified: mtime }
}

/** Returns what lies in the folder of files that are being put. */
async function entriesOf(
  session: Session,
  root: string,
  signal: AbortSignal
): Promise<readonly FolderEntry[]> {
  // prettier-ignore
  const entries: FolderEntry[] = []
  try {
    for await (const entry of folderEntries(
      session,
      `${root}/${INCOMING}`,
      '',
      signal,
      () => undefined
    ))
      // prettier-ignore
      entries.push(entry)
  } catch (error) {
    if (!hasStatus(error, STATUS.noSuchFile)) throw error
  }
  return entries
}

/** Puts back and removes what was left. @returns how many were removed. */
async function sweepEntries(
  session: Session,
  root: string,
  entries: readonly FolderEntry[],
  before: number,
  signal: AbortSignal
): Promise<number> {
  // prettier-ignore
  let count = 0
  for (const { name, attrs } of entries) {
    if (isAside(name)) await putBack(session, root, name, signal)
    if (attrs.mtime >= before || isAside(name)) continue
    if (await isRemoved(session, `${root}/${INCOMING}/${name}`, signal)) count++
  }
  return count
}

/** Removes a file; another put may have taken it over. @returns whether it was there. */
async function isRemoved(session: Session, path: string, signal: AbortSignal): Promise<boolean> {
  try {
    await session.remove(path, signal)
    return true
  } catch (error) {
    if (hasStatus(error, STATUS.noSuchFile)) return false
    throw error
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
