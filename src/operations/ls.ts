/** Lists the entries of a folder, in the order of its table. */
import { typeName } from '../content/adder.js'
import type { ContentStat } from '../content/node-stats.js'
import type { DirTable } from '../content/dir-table.js'
import { pathText } from '../content/cid-path.js'
import { utf8 } from '../core/bytes.js'
import type { Cid } from '../core/cid.js'
import { isDamage, isKitError, type KitError } from '../core/errors.js'
import { NotReady } from '../core/not-ready.js'
import { Turns } from '../core/turns.js'
import { jsonName } from '../core/printable.js'
import type { ContentView } from './content-view.js'
import type { NodeType } from '../core/node-stat.js'
import { modeText } from './mode-text.js'
import type { Operation } from './operation.js'
import type { Run } from './run.js'
import { target } from './target.js'
import { timeText } from './time-text.js'
import { withContent } from './with-content.js'

export interface LsRequest {
  /** CIDPATH. */
  readonly path: string
  /** Position where the listing begins, and most entries; by default all. */
  readonly from?: number
  readonly limit?: number
}

export interface ListedNode {
  /** Where it is not UTF-8, it is escaped and `nameBase64` has its bytes. */
  readonly name: string
  readonly nameBase64?: string
  /** Null where the entry's block is missing, damaged, or nobody could say, as `problem` tells. */
  readonly type: NodeType | null
  /** Bytes of a file, or of a symlink's target. */
  readonly size: number | null
  readonly cid: string
  /** Four octal digits; null where the DAG has none. */
  readonly mode: string | null
  /** ISO 8601; null where the DAG has none. */
  readonly mtime: string | null
  readonly problem: 'missing' | 'damaged' | 'unknown' | null
}

export interface LsResult {
  /** The entries of a folder; for a file, the file itself. */
  readonly entries: readonly ListedNode[]
  /** Names in the whole folder. */
  readonly total: number
  /** Position where the listing goes on; null where it is at its end. */
  readonly next: number | null
}

/** Lists a folder. Missing content is fetched. @throws what finding it throws. */
export const ls: Operation<LsRequest, LsResult> = (services, request, run) =>
  withContent(services, run, true, async (view) => {
    const { cid, path } = await target(view, services, request.path)
    const stat = view.content.stat(cid)
    if (stat.type === 'directory') {
      const directory = await view.whenReady(() => view.content.directory(cid))
      return await entriesOf(view, cid, directory, { ...request, path: pathText(path) }, run)
    }
    const name = path.names.at(-1) ?? utf8(String(path.root))
    return { entries: [listed(name, cid, stat, null)], total: 1, next: null }
  })

/**
 * Returns the entries that are asked for; one that cannot be read has a `problem`. Hidden names cause warnings.
 */
async function entriesOf(
  view: ContentView,
  cid: Cid,
  directory: DirTable,
  { path: where, from = 0, limit = Infinity }: LsRequest,
  run: Run
): Promise<LsResult> {
  const entries: ListedNode[] = []
  let duplicates = 0
  const turns = new Turns(run.signal)
  let i = from
  for (; i < directory.count && entries.length < limit; i++) {
    if (turns.isDue) await turns.take()
    if (directory.isDuplicate(i)) {
      duplicates++
      continue
    }
    const child = directory.cid(i)
    const name = directory.name(i)
    const { stat, problem } = await statOf(view, cid, name, child)
    entries.push(listed(name, child, stat, problem))
  }
  if (duplicates > 0)
    run.warn(`${where} bears ${duplicates} names twice; the first of each is shown`)
  if (directory.hidden > 0)
    run.warn(
      `${where} has ${directory.hidden} entries whose names no file can have; they are hidden`
    )
  const { count } = directory
  return { entries, total: count, next: i < count ? i : null }
}

/** Returns the stat of an entry, or the reason why it has none. */
async function statOf(
  view: ContentView,
  directory: Cid,
  name: Uint8Array,
  cid: Cid
): Promise<{ stat: ContentStat | undefined; problem: ListedNode['problem'] }> {
  try {
    return {
      stat: await view.whenReady(() => statIn(view, directory, name, cid)),
      problem: null
    }
  } catch (error) {
    if (!isKitError(error) || error.code === 'ABORTED') throw error
    return { stat: undefined, problem: problemOf(error) }
  }
}

/** Returns what an error says of an entry: that nobody has it, that it is damaged, or neither. */
function problemOf(error: KitError): ListedNode['problem'] {
  if (error.code === 'BLOCK_NOT_FOUND') return 'missing'
  return isDamage(error) ? 'damaged' : 'unknown'
}

/** As what it is, an entry of its directory: then those behind it are fetched too. */
function statIn({ content }: ContentView, directory: Cid, name: Uint8Array, cid: Cid): ContentStat {
  try {
    return content.stat(cid)
  } catch (error) {
    if (!(error instanceof NotReady) || error.want.type !== 'block') throw error
    throw new NotReady({ type: 'block', cid, directory, name })
  }
}

const listed = (
  name: Uint8Array,
  cid: Cid,
  stat: ContentStat | undefined,
  problem: ListedNode['problem']
): ListedNode => ({
  ...jsonName(name),
  type: stat === undefined ? null : typeName(stat.kind),
  size: stat === undefined ? null : stat.size,
  cid: String(cid),
  mode: modeText(stat?.mode),
  mtime: stat?.mtime === undefined ? null : timeText(stat.mtime),
  problem
})
