/** Content as tables: a file, a folder of files, or a pattern of names, below a CID. */
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { beginsWithCid } from '../content/cid-path.js'
import { textOf, utf8 } from '../core/bytes.js'
import type { Cid } from '../core/cid.js'
import { KitError } from '../core/errors.js'
import { isPattern, namePattern } from '../core/name-pattern.js'
import type { TableFormat, TableSource } from '../query/ports.js'
import { localFile } from './local-file.js'
import { partitionLink, partitionsIn, partitionTypes } from './partitions.js'
import { throwIfAborted } from './run.js'
import type { TableScope } from './table-scope.js'
import { target } from './target.js'

/** Most files of one table. */
const MAX_FILES = 10_000
const MAX_DEPTH = 32

const FORMATS: Readonly<Record<string, TableFormat>> = {
  parquet: 'parquet',
  pq: 'parquet',
  csv: 'csv',
  tsv: 'csv',
  json: 'ndjson',
  ndjson: 'ndjson',
  jsonl: 'ndjson',
  arrow: 'arrow',
  arrows: 'arrow',
  ipc: 'arrow',
  feather: 'arrow'
}

interface Found {
  /** The last name on the path to it; empty for a bare CID. */
  readonly name: string
  /** What a user can call it. */
  readonly path: string
  readonly cid: Cid
}

type Folder = Pick<Found, 'path' | 'cid'>
type Kind = Pick<TableSource, 'format' | 'compression'>

/** Returns whether a name in FROM is a path of content rather than a name of a table. */
export const isContentPath = (name: string): boolean =>
  /^\/|^ip[fn]s:\/\/|^ip[fn]s\//.test(name) || beginsWithCid(utf8(name))

/**
 * Makes the table of a path, whose files are fetched where they are not here.
 * @throws what following the path and reading its files throws; PATH_NOT_FOUND where no file matches,
 * INVALID_ARGUMENT for files of several formats.
 */
export async function contentTable(name: string, scope: TableScope): Promise<TableSource> {
  const found = await filesOf(name, scope)
  const kinds = await Promise.all(found.map((one) => kindOf(one, scope)))
  const [kind] = kinds
  if (kind === undefined)
    throw new KitError('PATH_NOT_FOUND', `${name}: there is no file of a table (${Object.keys(FORMATS).join(', ')})`) // prettier-ignore
  const other = kinds.findIndex(
    ({ format, compression }) => format !== kind.format || compression !== kind.compression
  )
  if (other >= 0)
    throw new KitError('INVALID_ARGUMENT', `${name}: ${found[0]!.name} and ${found[other]!.name} are of different formats; name those of one, such as '${name}/*.parquet'`) // prettier-ignore
  const local: string[] = []
  for (const { cid } of found) local.push(await localFile(scope.view, cid, scope.folder, scope.run))
  const paths = found.map(({ path }) => path)
  const partitions = partitionTypes(paths)
  const table = { name, paths, version: found.map(({ cid }) => String(cid)).join(), ...kind }
  if (partitions === undefined) return { ...table, files: local }
  const own = mkdtempSync(join(scope.folder, 'partitions-'))
  const files = local.map((file, i) =>
    partitionLink(file, join(own, ...partitionsIn(paths[i]!)), i)
  )
  return { ...table, files, partitions }
}

async function filesOf(name: string, scope: TableScope): Promise<readonly Found[]> {
  const parts = name.replace(/\/+$/, '').split('/')
  const at = parts.findIndex(isPattern)
  const base = at < 0 ? name : parts.slice(0, at).join('/')
  const { cid } = await target(scope.view, scope.services, base)
  const last = parts.findLast((part) => part !== '') ?? ''
  const folder = { cid, path: at < 0 ? parts.join('/') : base }
  if (at >= 0) return await matching(folder, parts.slice(at), scope)
  if (!(await isFolder(cid, scope)))
    return [{ name: parts.length > 1 ? last : '', path: name, cid }]
  return (await matching(folder, ['**', '*'], scope)).filter(({ name }) => kindOfName(name) !== undefined) // prettier-ignore
}

const isFolder = async (cid: Cid, { view }: TableScope): Promise<boolean> =>
  (await view.whenReady(() => view.content.stat(cid))).type === 'directory'

/** Returns the files below a folder whose path matches, in the order of their names. */
async function matching(
  folder: Folder,
  [part, ...rest]: readonly string[],
  scope: TableScope,
  depth = 0
): Promise<readonly Found[]> {
  throwIfAborted(scope.run)
  if (part === undefined || depth > MAX_DEPTH) return []
  if (part === '**' && rest.length > 0) return await anywhere(folder, rest, scope, depth)
  const pattern = namePattern(part)
  const found: Found[] = []
  for (const entry of await entriesOf(folder, scope)) {
    if (!pattern.test(entry.name)) continue
    const isDirectory = await isFolder(entry.cid, scope)
    if (rest.length === 0 && !isDirectory) found.push(entry)
    if (rest.length > 0 && isDirectory) found.push(...(await matching(entry, rest, scope, depth + 1))) // prettier-ignore
    if (found.length > MAX_FILES) throw new KitError('TOO_LARGE', `a table has at most ${MAX_FILES} files`) // prettier-ignore
  }
  return found
}

/** Matches the rest of a pattern in a folder and in all folders below it. */
async function anywhere(
  folder: Folder,
  rest: readonly string[],
  scope: TableScope,
  depth: number
): Promise<readonly Found[]> {
  const found = [...(await matching(folder, rest, scope, depth + 1))]
  for (const entry of await entriesOf(folder, scope)) {
    if (entry.name.startsWith('.') || !(await isFolder(entry.cid, scope))) continue
    found.push(...(await matching(entry, ['**', ...rest], scope, depth + 1)))
  }
  return found
}

async function entriesOf({ cid, path }: Folder, { view }: TableScope): Promise<readonly Found[]> {
  const table = await view.whenReady(() => view.content.directory(cid))
  return Array.from({ length: table.count }, (_, i) => {
    const name = textOf(table.name(i)) ?? ''
    return { name, path: `${path}/${name}`, cid: table.cid(i) }
  }).sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** What a file is by its name; by its first bytes where the name does not say it. */
async function kindOf({ name, cid }: Found, { view }: TableScope): Promise<Kind> {
  const byName = kindOfName(name)
  if (byName !== undefined) return byName
  const head = Buffer.alloc(6)
  const n = await view.whenReady(() => view.content.read(cid, 0, head, 0, head.length))
  const text = head.subarray(0, n).toString('latin1')
  if (text.startsWith('PAR1')) return { format: 'parquet' }
  if (text === 'ARROW1') return { format: 'arrow' }
  return { format: /^\s*[[{]/.test(text) ? 'ndjson' : 'csv' }
}

function kindOfName(name: string): Kind | undefined {
  const [, extension = '', packing] = /\.([a-z]+?)(?:\.(gz|zst))?$/i.exec(name) ?? []
  const format = FORMATS[extension.toLowerCase()]
  if (format === undefined) return undefined
  if (packing === undefined || format === 'parquet' || format === 'arrow') return { format }
  return { format, compression: packing.toLowerCase() === 'gz' ? 'gzip' : 'zstd' }
}
