/** Writes the node of a directory: one block if it is small, else a HAMT. */
import { Kind } from '../formats/block-kind.js'
import { dataFieldLength, linkFieldLength } from '../formats/dag-pb.js'
import type { EntryList } from './entry-list.js'
import { writeHamt } from './hamt-writer.js'
import type { Added, NodeWriter } from './node-writer.js'
import { HAMT_THRESHOLD } from './profile.js'
import { encodeUnixFs, UNIXFS_DIRECTORY, type Metadata } from '../formats/unixfs.js'

/** Writes a directory. @param entries all of them, in any order. */
export function writeDirectory(writer: NodeWriter, entries: EntryList, metadata: Metadata): Added {
  const data = encodeUnixFs({ type: UNIXFS_DIRECTORY, blockSizes: [], ...metadata })
  if (exceeds(writer, entries, data)) return writeHamt(writer, entries, metadata)
  const links = Array.from(entries.byName(), (i) => entries.link(i))
  return writer.node(links, data, { kind: Kind.DIRECTORY, size: 0, ...metadata })
}

/** Returns whether a directory's size, by its profile's measure, is over the HAMT threshold. */
function exceeds(writer: NodeWriter, entries: EntryList, data: Uint8Array): boolean {
  const whole = writer.profile.directorySize === 'block-bytes'
  let size = whole ? dataFieldLength(data) : 0
  for (let i = 0; i < entries.count && size <= HAMT_THRESHOLD; i++) {
    const link = entries.link(i)
    size += whole ? linkFieldLength(link) : link.name.length + link.cid.length
  }
  return size > HAMT_THRESHOLD
}
