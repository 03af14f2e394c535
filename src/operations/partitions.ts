/** Tables whose folders say values of columns, as Hive names them: `year=2024/data.parquet`. */
import { mkdirSync, symlinkSync } from 'node:fs'
import { extname, join } from 'node:path'

/** Returns the folders of a path that say the value of a column. */
export const partitionsIn = (path: string): string[] =>
  path
    .split('/')
    .slice(0, -1)
    .filter((name) => /^[^=]+=/.test(name))

/** How Hive writes NULL. */
export const NONE = '__HIVE_DEFAULT_PARTITION__'

/** Returns the types of the columns that are in the paths of files; undefined where not all have the same. */
export function partitionTypes(
  paths: readonly string[]
): Readonly<Record<string, string>> | undefined {
  const all = paths.map((path) => partitionsIn(path).map(keyAndValue))
  const names = (all[0] ?? []).map(([name]) => name)
  const isSame = all.every((keys) => keys.map(([name]) => name).join('/') === names.join('/'))
  if (names.length === 0 || !isSame || new Set(names).size < names.length) return undefined
  return Object.fromEntries(names.map((name, i) => [name, typeOf(all.map((keys) => keys[i]![1]))]))
}

function keyAndValue(folder: string): readonly [string, string] {
  const at = folder.indexOf('=')
  return [folder.slice(0, at), folder.slice(at + 1)]
}

function typeOf(values: readonly string[]): string {
  const known = values.filter((value) => value !== NONE)
  if (known.length === 0) return 'VARCHAR'
  if (known.every((value) => /^-?\d{1,18}$/.test(value))) return 'BIGINT'
  return known.every((value) => /^\d{4}-\d\d-\d\d$/.test(value)) ? 'DATE' : 'VARCHAR'
}

/** Returns the values of some columns in the path of a file, as text; undefined where one is not in it. */
export function partitionValues(
  path: string,
  columns: readonly string[]
): (string | null)[] | undefined {
  const known = new Map(partitionsIn(path).map((folder) => keyAndValue(folder).map(decoded) as [string, string])) // prettier-ignore
  if (!columns.every((name) => known.has(name))) return undefined
  return columns.map((name) => (known.get(name) === NONE ? null : known.get(name)!))
}

/** What is encoded in no known way is as it stands. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Gives a file a path in a folder whose names say values, as readers look for them. @param id tells it from others there. */
export function partitionLink(file: string, folder: string, id: number): string {
  const path = join(folder, `${id}${extname(file)}`)
  mkdirSync(folder, { recursive: true })
  symlinkSync(file, path)
  return path
}
