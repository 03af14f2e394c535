/** The folders of blocks that backends have on this machine, as the fetching thread tells all others. */
import type { BlockFolder } from '../../backends/flatfs.js'
import { bufferOf } from '../core/bytes.js'

/** A folder, and the backend whose it is. */
export interface NamedFolder {
  readonly folder: BlockFolder
  readonly backend: string
}

const ROOM = 64 * 1024
// Words ahead of the text: goes up with every change, odd while one is made; length of the text.
const VERSION = 0
const LENGTH = 1
const HEADER = 8

export type FolderMemory = SharedArrayBuffer

export const reserveFolders = (): FolderMemory => new SharedArrayBuffer(HEADER + ROOM)

export class SharedFolders {
  readonly #words: Int32Array
  readonly #text: Uint8Array
  #seen = 0
  #known: readonly NamedFolder[] = []

  constructor(memory: FolderMemory) {
    this.#words = new Int32Array(memory, 0, 2)
    this.#text = new Uint8Array(memory, HEADER)
  }

  /** Tell which there are now. Those for which there is no room are not told of. */
  publish(folders: readonly NamedFolder[]): void {
    let text = Buffer.from(JSON.stringify(folders))
    if (text.length > ROOM) text = Buffer.from('[]')
    Atomics.add(this.#words, VERSION, 1)
    this.#text.set(text)
    Atomics.store(this.#words, LENGTH, text.length)
    Atomics.add(this.#words, VERSION, 1)
  }

  /** Those there are, in the order in which they are asked. */
  get all(): readonly NamedFolder[] {
    const version = Atomics.load(this.#words, VERSION)
    if (version === this.#seen || version % 2 !== 0) return this.#known
    const length = Atomics.load(this.#words, LENGTH)
    const folders = parsed(bufferOf(this.#text.slice(0, length)).toString())
    // Changed meanwhile: what was known is good enough until the next time.
    if (folders === undefined || Atomics.load(this.#words, VERSION) !== version) return this.#known
    this.#seen = version
    this.#known = folders
    return this.#known
  }
}

/** undefined for half a text, which somebody writes just now. */
function parsed(text: string): readonly NamedFolder[] | undefined {
  try {
    return JSON.parse(text) as readonly NamedFolder[]
  } catch {
    return undefined
  }
}
