/** Pins by their names, as one folder: what programs see that ask for the files of a node. */
import { writeDirectory } from '../content/directory-writer.js'
import { EntryList } from '../content/entry-list.js'
import { HashOnlySink } from '../content/hash-only-sink.js'
import { NodeWriter } from '../content/node-writer.js'
import { PROFILES } from '../content/profile.js'
import { utf8 } from '../core/bytes.js'
import { Cid } from '../core/cid.js'
import { KitError } from '../core/errors.js'
import { cidsByFileName } from '../store/pin-names.js'
import { readPins } from '../store/pins.js'
import { figuresOf, type NodeFigures } from './node-figures.js'
import type { Operation } from './operation.js'
import { withContent } from './with-content.js'

export interface NamedFilesResult {
  readonly files: readonly NamedFile[]
  /** The folder that holds them all. It is stored nowhere. */
  readonly root: Pick<NodeFigures, 'cid' | 'tsize' | 'links'>
}

export interface NamedFile extends NodeFigures {
  readonly name: string
}

/** Missing roots are fetched. @throws what reading them throws. */
export const namedFiles: Operation<object, NamedFilesResult> = (services, _request, run) =>
  withContent(services, run, true, async (view) => {
    const entries = new EntryList()
    const files: NamedFile[] = []
    for (const [name, cid] of cidsByFileName(readPins(view.reader.layout.pins).values())) {
      const parsed = Cid.parse(cid)
      const figures = await view.whenReady(() => figuresOf(view, parsed))
      files.push({ name, ...figures })
      entries.setLink(entries.addName(utf8(name)), parsed.bytes, figures.tsize)
    }
    const writer = new NodeWriter(new HashOnlySink(), PROFILES['unixfs-v0-2015'])
    const { cid, tsize } = writeDirectory(writer, entries, {})
    files.sort((a, b) => (a.name < b.name ? -1 : 1))
    return { files, root: { cid: String(cid), tsize, links: files.length } }
  })

/** Returns the path below `/ipfs/` of a path in that folder. @throws PATH_NOT_FOUND. */
export const namedFilePath: Operation<{ readonly path: string }, string> = (
  services,
  { path },
  run
) =>
  withContent(services, run, false, async (view) => {
    const [name = '', ...rest] = path.split('/').filter((part) => part !== '')
    const cid = cidsByFileName(readPins(view.reader.layout.pins).values()).get(name)
    if (cid !== undefined) return await Promise.resolve(['/ipfs', cid, ...rest].join('/'))
    throw new KitError('PATH_NOT_FOUND', 'file does not exist')
  })
