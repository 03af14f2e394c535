/** Adding in this process: bytes and trees without touching the disk. */
import { setMaxListeners } from 'node:events'
import { EntryList } from '../../src/content/entry-list.js'
import { writeDirectory } from '../../src/content/directory-writer.js'
import { writeStream } from '../../src/content/file-writer.js'
import { NodeWriter, type Added } from '../../src/content/node-writer.js'
import type { Profile } from '../../src/content/profile.js'
import type { Metadata } from '../../src/formats/unixfs.js'
import type { BlockSink } from '../../src/store/ports.js'

setMaxListeners(0)

export type Tree = { readonly [name: string]: Uint8Array | Tree }

export function addBytes(
  sink: BlockSink,
  profile: Profile,
  bytes: Uint8Array,
  metadata: Metadata = {}
): Promise<Added> {
  let at = 0
  const source = {
    async read(target: Uint8Array): Promise<number> {
      const part = bytes.subarray(at, at + target.length)
      target.set(part)
      at += part.length
      return part.length
    }
  }
  return writeStream(new NodeWriter(sink, profile), source, metadata, {
    signal: new AbortController().signal,
    onBytes: () => undefined
  })
}

export async function addTree(sink: BlockSink, profile: Profile, tree: Tree): Promise<Added> {
  const entries = new EntryList()
  for (const [name, child] of Object.entries(tree)) {
    const added =
      child instanceof Uint8Array
        ? await addBytes(sink, profile, child)
        : await addTree(sink, profile, child)
    entries.setLink(entries.addName(Buffer.from(name)), added.cid.bytes, added.tsize)
  }
  return writeDirectory(new NodeWriter(sink, profile), entries, {})
}
