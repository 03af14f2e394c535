/**
 * Builds the folders of a tree whose entries come in any order, from whoever sends them. Folders are written
 * once all entries are known.
 */
import { bufferOf, equalBytes } from '../core/bytes.js'
import { KitError } from '../core/errors.js'
import { printable } from '../core/printable.js'
import { Turns } from '../core/turns.js'
import type { Metadata } from '../formats/unixfs.js'
import { isShowable } from './dir-table.js'
import { writeDirectory } from './directory-writer.js'
import { EntryList } from './entry-list.js'
import type { Added, NodeWriter } from './node-writer.js'

/** The names of an entry, from the root of the tree on. */
export type EntryPath = readonly Uint8Array[]

/** Most bytes of a path, as on Linux. Each folder on the way is work. */
const MAX_PATH = 4095

interface Folder {
  readonly entries: EntryList
  /** Folders by their names as Latin-1. */
  readonly folders: Map<string, Folder>
  metadata: Metadata
}

const newFolder = (): Folder => ({ entries: new EntryList(), folders: new Map(), metadata: {} })

export class TreeBuilder {
  readonly #root = newFolder()

  /** Adds a file or link, whose path was checked. */
  addEntry(path: EntryPath, added: Added): void {
    const { entries } = this.#folder(path.slice(0, -1))
    entries.setLink(entries.addName(path.at(-1)!), added.cid.bytes, added.tsize)
  }

  /** Adds a folder, or gives one that is there its metadata. */
  addFolder(path: EntryPath, metadata: Metadata): void {
    this.#folder(path).metadata = metadata
  }

  #folder(path: EntryPath): Folder {
    let folder = this.#root
    for (const name of path) {
      const key = bufferOf(name).toString('latin1')
      let next = folder.folders.get(key)
      if (next === undefined) folder.folders.set(key, (next = newFolder()))
      folder = next
    }
    return folder
  }

  /** Writes a folder with all that is below it. @throws EXISTS where two entries have one name. */
  async write(path: EntryPath, writer: NodeWriter, options: TreeOptions): Promise<Added> {
    const turns = new Turns(options.signal)
    return await writeFolder(this.#folder(path), path, { ...options, writer, turns })
  }
}

/** Checks that a path can be one of a file. @throws INVALID_ARGUMENT. */
export function checkPath(path: EntryPath): void {
  const length = path.reduce((sum, name) => sum + name.length + 1, 0)
  if (length > MAX_PATH)
    throw new KitError('INVALID_ARGUMENT', `a path of over ${MAX_PATH} bytes cannot be added`)
  for (const name of path)
    if (!isShowable(name, 0, name.length))
      throw new KitError('INVALID_ARGUMENT', `"${printable(name)}" is no name that a file can have`)
}

export interface TreeOptions {
  /** Receives each folder, those in it first. */
  readonly onFolder: (path: EntryPath, added: Added) => void
  /** Whether folders below the given one are kept in which nothing is. */
  readonly emptyFolders: boolean
  readonly signal: AbortSignal
}

interface Writing extends TreeOptions {
  readonly writer: NodeWriter
  readonly turns: Turns
}

const isEmpty = ({ entries, folders }: Folder): boolean => entries.count === 0 && folders.size === 0

async function writeFolder(folder: Folder, path: EntryPath, writing: Writing): Promise<Added> {
  const { writer, onFolder, turns } = writing
  const { entries, folders, metadata } = folder
  const names = [...folders.keys()].sort()
  for (const key of names) {
    const inner = folders.get(key)!
    if (!writing.emptyFolders && isEmpty(inner)) continue
    const name = Buffer.from(key, 'latin1')
    const added = await writeFolder(inner, [...path, name], writing)
    entries.setLink(entries.addName(name), added.cid.bytes, added.tsize)
    // What was written is not needed any more.
    folders.delete(key)
  }
  refuseTwice(entries)
  const added = writeDirectory(writer, entries, metadata)
  onFolder(path, added)
  if (turns.isDue) await turns.take()
  return added
}

/** @throws EXISTS. */
function refuseTwice(entries: EntryList): void {
  let last: Uint8Array | undefined
  for (const i of entries.byName()) {
    const name = entries.name(i)
    if (last !== undefined && equalBytes(last, name))
      throw new KitError('EXISTS', `two entries of one folder are named "${printable(name)}"`)
    last = name
  }
}
