/** The files of a folder, as a server lists them. Its names are not believed. */
import type { Stats } from 'ssh2'
import { checkFileName } from '../files/file-name.js'
import { hasStatus, STATUS } from './errors.js'
import type { Handle, Session } from './session.js'

export interface FolderEntry {
  readonly name: string
  readonly attrs: Stats
}

/** @param tell is told of names that are no files and no folders, and of those that lead elsewhere. */
export async function* folderEntries(
  session: Session,
  path: string,
  suffix: string,
  signal: AbortSignal,
  tell: (name: string) => void
): AsyncIterable<FolderEntry> {
  const handle = await session.openFolder(path === '' ? '/' : path, signal)
  try {
    for (;;) {
      const entries = await nextEntries(session, handle, signal)
      if (entries === undefined) return
      for (const { filename, attrs } of entries) {
        if (!filename.endsWith(suffix) || filename === '.' || filename === '..') continue
        if (!isPlain(filename) || !(attrs.isFile() || attrs.isDirectory())) tell(filename)
        else if (attrs.isFile()) yield { name: filename, attrs }
      }
    }
  } finally {
    session.abandon(handle)
  }
}

async function nextEntries(
  session: Session,
  handle: Handle,
  signal: AbortSignal
): Promise<{ readonly filename: string; readonly attrs: Stats }[] | undefined> {
  try {
    return await session.readFolder(handle, signal)
  } catch (error) {
    if (hasStatus(error, STATUS.eof)) return undefined
    throw error
  }
}

/** Names that no caller could ask for are not listed either. */
function isPlain(name: string): boolean {
  try {
    checkFileName(name)
    return !name.includes('/')
  } catch {
    return false
  }
}
