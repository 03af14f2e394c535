/** Shares the block folders of foreign repositories between the fetching thread and all others. */
import type { BlockFolder } from '../../backends/flatfs.js'
import { bufferOf } from '../core/bytes.js'

/** A folder, and the name of the backend it belongs to. */
export interface NamedFolder {
  readonly folder: BlockFolder
  readonly backend: string
}

/** Bytes for the text of all folders. */
const CAPACITY = 64 * 1024
// Words ahead of the text: a version, which is odd while the text changes, and the text's length.
const VERSION = 0
const LENGTH = 1
const HEADER = 8

export type FolderMemory = SharedArrayBuffer

export const reserveFolders = (): FolderMemory => new SharedArrayBuffer(HEADER + CAPACITY)

export class SharedFolders {
  readonly #words: Int32Array
  readonly #text: Uint8Array
  #knownVersion = 0
  #known: readonly NamedFolder[] = []

  constructor(memory: FolderMemory) {
    this.#words = new Int32Array(memory, 0, 2)
    this.#text = new Uint8Array(memory, HEADER)
  }

  /**
   * Publishes the folders. Only the fetching thread may call it. Where they do not fit, none is
   * published.
   */
  publish(folders: readonly NamedFolder[]): void {
    let text = Buffer.from(JSON.stringify(folders))
    if (text.length > CAPACITY) text = Buffer.from('[]')
    Atomics.add(this.#words, VERSION, 1)
    this.#text.set(text)
    Atomics.store(this.#words, LENGTH, text.length)
    Atomics.add(this.#words, VERSION, 1)
  }

  /** Returns the folders in the order in which they are read. */
  get all(): readonly NamedFolder[] {
    const version = Atomics.load(this.#words, VERSION)
    if (version === this.#knownVersion || version % 2 !== 0) return this.#known
    const length = Atomics.load(this.#words, LENGTH)
    const folders = parsed(bufferOf(this.#text.slice(0, length)).toString())
    // The text has changed meanwhile, so the last known folders serve until the next call.
    if (folders === undefined || Atomics.load(this.#words, VERSION) !== version) return this.#known
    this.#knownVersion = version
    this.#known = folders
    return this.#known
  }
}

/** Returns the folders of a text; undefined for one that is being written. */
function parsed(text: string): readonly NamedFolder[] | undefined {
  try {
    return JSON.parse(text) as readonly NamedFolder[]
  } catch {
    return undefined
  }
}
