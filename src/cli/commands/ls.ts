/** `ls`: a folder's entries, in the order of its table. */
import { typeName } from '../../content/adder.js'
import type { NodeStat } from '../../content/content.js'
import { pathText } from '../../content/resolver.js'
import type { Cid } from '../../core/cid.js'
import { isKitError } from '../../core/errors.js'
import { NotReady } from '../../core/not-ready.js'
import { jsonName, printable } from '../../core/printable.js'
import { utf8 } from '../../core/bytes.js'
import { flagOf, type Context, type ContentView } from '../context.js'
import { upstreamOptions } from '../remote.js'
import { table } from '../table.js'
import { timeText } from '../time.js'
import { findTarget } from '../target.js'

interface Row {
  readonly name: Uint8Array
  readonly cid: Cid
  /** Undefined when the entry's block is not here, or is damaged, as `problem` says. */
  readonly stat: NodeStat | undefined
  readonly problem: string
}

export async function run(context: Context): Promise<void> {
  const reading = context.services.openReading(context.home, upstreamOptions(context))
  try {
    await list(context, reading)
  } finally {
    await reading.close()
  }
}

async function list(context: Context, reading: ContentView): Promise<void> {
  const { cid, path } = await reading.fetched(() => findTarget(context.args[0]!, reading))
  const stat = reading.content.stat(cid)
  const name = path.names.at(-1) ?? utf8(String(path.root))
  const rows =
    stat.type === 'directory'
      ? await listed(context, cid, reading, pathText(path))
      : [{ name, cid, stat, problem: '' }]
  if (context.json) context.answer({ entries: rows.map(jsonRow) })
  else if (context.quiet) for (const row of rows) context.print(String(row.cid))
  else print(context, rows)
}

async function listed(
  context: Context,
  cid: Cid,
  reading: ContentView,
  where: string
): Promise<Row[]> {
  const directory = await reading.fetched(() => reading.content.directory(cid))
  const rows: Row[] = []
  let duplicates = 0
  for (let i = 0; i < directory.count; i++) {
    if (directory.isDuplicate(i)) {
      duplicates++
      continue
    }
    const child = directory.cid(i)
    const name = directory.name(i)
    rows.push({ name, cid: child, ...(await statOf(reading, cid, name, child)) })
  }
  if (duplicates > 0)
    context.warn(`${where} bears ${duplicates} names twice; the first of each is shown`)
  if (directory.hidden > 0)
    context.warn(
      `${where} has ${directory.hidden} entries whose names no file can have; they are hidden`
    )
  return rows
}

/** What an entry is; where that cannot be told, why. */
async function statOf(
  reading: ContentView,
  directory: Cid,
  name: Uint8Array,
  cid: Cid
): Promise<Pick<Row, 'stat' | 'problem'>> {
  try {
    return { stat: await reading.fetched(() => statIn(reading, directory, name, cid)), problem: '' }
  } catch (error) {
    if (!isKitError(error)) throw error
    if (error.code === 'ABORTED') throw error
    return { stat: undefined, problem: error.code === 'BLOCK_NOT_FOUND' ? 'missing' : 'damaged' }
  }
}

/** As what it is, an entry of its directory: then those behind it are fetched too. */
function statIn({ content }: ContentView, directory: Cid, name: Uint8Array, cid: Cid): NodeStat {
  try {
    return content.stat(cid)
  } catch (error) {
    if (!(error instanceof NotReady) || error.want.type !== 'block') throw error
    throw new NotReady({ type: 'block', cid, directory, name })
  }
}

const jsonRow = ({ name, cid, stat }: Row) => ({
  ...jsonName(name),
  type: stat === undefined ? null : typeName(stat.kind),
  size: stat === undefined ? null : stat.size,
  cid: String(cid)
})

function print(context: Context, rows: readonly Row[]): void {
  const long = flagOf(context, 'long')
  const cells = rows.map(({ name, cid, stat, problem }) => [
    ...(long ? [modeText(stat), stat?.mtime === undefined ? '-' : timeText(stat.mtime)] : []),
    stat === undefined ? problem : typeName(stat.kind),
    stat === undefined ? '-' : String(stat.size),
    String(cid),
    printable(name) + (stat?.type === 'directory' ? '/' : '')
  ])
  for (const line of table(cells, long ? [3] : [1])) context.print(line)
}

const modeText = (stat: NodeStat | undefined): string =>
  stat?.mode === undefined ? '-' : (stat.mode & 0o7777).toString(8).padStart(4, '0')
