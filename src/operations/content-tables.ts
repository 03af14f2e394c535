/** Content as tables: a file, a folder of files, or a pattern of names, below a CID. */
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { beginsWithCid } from '../content/cid-path.js'
import { utf8 } from '../core/bytes.js'
import type { Cid } from '../core/cid.js'
import { KitError } from '../core/errors.js'
import { isPattern } from '../core/name-pattern.js'
import type { TableFormat, TableSource } from '../query/ports.js'
import { matchingFiles, type FoundFile } from './matching-files.js'
import { localFile } from './local-file.js'
import { partitionLink, partitionsIn, partitionTypes } from './partitions.js'
import type { TableScope } from './table-scope.js'
import { target } from './target.js'

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
  const cids = found.map(({ cid }) => String(cid))
  const table = { name, paths, ...kind }
  // What a file is may be said by its name, and values by its folders.
  if (partitions === undefined) return { ...table, version: JSON.stringify([kind, cids]), files: local } // prettier-ignore
  const version = JSON.stringify([kind, partitions, cids, paths.map(partitionsIn)])
  const own = mkdtempSync(join(scope.folder, 'partitions-'))
  const files = local.map((file, i) =>
    partitionLink(file, join(own, ...partitionsIn(paths[i]!)), i)
  )
  return { ...table, version, files, partitions }
}

async function filesOf(name: string, scope: TableScope): Promise<readonly FoundFile[]> {
  const parts = name.replace(/\/+$/, '').split('/')
  const at = parts.findIndex(isPattern)
  const base = at < 0 ? name : parts.slice(0, at).join('/')
  const { cid } = await target(scope.view, scope.services, base)
  const last = parts.findLast((part) => part !== '') ?? ''
  const folder = { cid, path: at < 0 ? parts.join('/') : base }
  if (at >= 0) return await matchingFiles(folder, parts.slice(at), scope)
  if (!(await isFolder(cid, scope)))
    return [{ name: parts.length > 1 ? last : '', path: name, cid }]
  return (await matchingFiles(folder, ['**', '*'], scope)).filter(({ name }) => kindOfName(name) !== undefined) // prettier-ignore
}

const isFolder = async (cid: Cid, { view }: TableScope): Promise<boolean> =>
  (await view.whenReady(() => view.content.stat(cid))).type === 'directory'

/** What a file is by its name; by its first bytes where the name does not say it. */
async function kindOf({ name, cid }: FoundFile, { view }: TableScope): Promise<Kind> {
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
