/** Lists the links of a node with what they lead to: the entries of a folder, or the parts of a file. */
import { bufferOf, copyOf } from '../core/bytes.js'
import { Cid, DAG_PB, RAW } from '../core/cid.js'
import type { Mtime, NodeType } from '../core/node-stat.js'
import { Turns } from '../core/turns.js'
import type { ContentView } from './content-view.js'
import { resolveDag } from './dag-resolve.js'
import { figuresOf, isFolder, partsOf } from './node-figures.js'
import type { Run } from './run.js'
import type { Services } from './services.js'

export interface LinkListRequest {
  readonly path: string
  /** Whether what links lead to is looked at; else raw blocks alone have a type. */
  readonly resolve: boolean
}

export interface ListedLink {
  readonly name: string
  readonly cid: string
  /** Undefined where it was not looked at. */
  readonly type: NodeType | undefined
  readonly size: number
  /** Of a link. */
  readonly target: string
  readonly mode: number | undefined
  readonly mtime: Mtime | undefined
}

/** Yields links in their order. Missing content is fetched. @throws what finding and reading it throws. */
export async function* linkList(
  services: Services,
  { path, resolve }: LinkListRequest,
  run: Run
): AsyncGenerator<ListedLink, void, undefined> {
  const view = await services.openContent(true, run)
  const turns = new Turns(run.signal)
  try {
    const { cid } = await resolveDag(view, services, path)
    const { kind } = await view.whenReady(() => view.content.stat(cid))
    for await (const { name, cid: child } of isFolder(kind)
      ? entriesOf(view, cid)
      : parts(view, cid)) {
      if (turns.isDue) await turns.take()
      yield await view.whenReady(() => listed(view, name, child, resolve))
    }
  } finally {
    await view.close()
  }
}

interface Link {
  readonly name: string
  readonly cid: Cid
}

async function* entriesOf(view: ContentView, cid: Cid): AsyncGenerator<Link, void, undefined> {
  const table = await view.whenReady(() => view.content.directory(cid))
  for (let i = 0; i < table.count; i++)
    yield { name: bufferOf(copyOf(table.name(i))).toString(), cid: table.cid(i) }
}

async function* parts(view: ContentView, cid: Cid): AsyncGenerator<Link, void, undefined> {
  const links = await view.whenReady(() => partsOf(view, cid))
  for (const { name, cid: text } of links)
    yield { name: bufferOf(name).toString(), cid: Cid.parseLink(text) }
}

function listed(view: ContentView, name: string, cid: Cid, resolve: boolean): ListedLink {
  const plain = { name, cid: String(cid), target: '', mode: undefined, mtime: undefined }
  const isLooked = cid.codec === RAW || (resolve && cid.codec === DAG_PB)
  if (!isLooked) return { ...plain, type: undefined, size: 0 }
  if (cid.codec === RAW) return { ...plain, type: 'file', size: view.content.stat(cid).size }
  const { type, size, mode, mtime } = figuresOf(view, cid)
  const target = type === 'symlink' ? bufferOf(view.content.readlink(cid)).toString() : ''
  return { ...plain, type, size, target, mode, mtime }
}
