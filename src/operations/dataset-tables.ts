/** Datasets as tables of SQL: by their names, and by `"NAME@VERSION"`. */
import { isKitError } from '../core/errors.js'
import { datasetNames } from '../datasets/dataset-files.js'
import { parseDatasetRef } from '../datasets/dataset-name.js'
import type { TableCatalog, TableSource } from '../query/ports.js'
import { datasetSource } from './dataset-local.js'
import { findVersion } from './dataset-versions.js'
import type { TableScope } from './table-scope.js'

export const datasetTables = (scope: TableScope): TableCatalog => {
  const { home } = scope.services
  return {
    names: () => Promise.resolve(datasetNames(home)),
    resolve: (name) => resolve(name, scope)
  }
}

async function resolve(name: string, scope: TableScope): Promise<TableSource | undefined> {
  const { services, view, folder, run } = scope
  const known = knownName(name, services.home)
  if (known === undefined) return undefined
  const { version } = await findVersion(services.home, view, known)
  return { ...(await datasetSource(view, version, folder, run)), name }
}

/** Names in SQL have no case; one that fits exactly goes first. */
function knownName(text: string, home: string): string | undefined {
  const ref = refIn(text)
  if (ref === undefined) return undefined
  const names = datasetNames(home)
  const folded = ref.name.toLowerCase()
  const name = names.find((one) => one === ref.name) ?? names.find((one) => one.toLowerCase() === folded) // prettier-ignore
  return name === undefined ? undefined : `${name}@${ref.version}`
}

function refIn(text: string): { readonly name: string; readonly version: string } | undefined {
  try {
    return parseDatasetRef(text)
  } catch (error) {
    if (isKitError(error, 'INVALID_ARGUMENT')) return undefined
    throw error
  }
}
