/** The metadata index as a table of SQL. */
import { join } from 'node:path'
import { isKitError } from '../core/errors.js'
import { writeFileDurable } from '../core/fs-durable.js'
import { COLUMNS, sqlType } from '../metadata/schema.js'
import type { TableCatalog, TableSource } from '../query/ports.js'
import type { HomeTableName } from './home-table-names.js'
import { isHomeAbsent } from './home-there.js'
import type { TableScope } from './table-scope.js'

const NAME: HomeTableName = 'metadata'

/** Its files are brought up to date first, so that they are the whole table. */
export const metadataTable = (scope: TableScope): TableCatalog => ({
  names: () => Promise.resolve([NAME]),
  resolve: async (name) => (name.toLowerCase() === NAME ? await source(name, scope) : undefined)
})

async function source(name: string, scope: TableScope): Promise<TableSource> {
  const { services, folder } = scope
  await settle(scope)
  return await services.index.use(({ partitions }) => {
    if (partitions.length > 0) {
      const files = partitions.map(({ paths }) => paths.parquet)
      return { name, files, format: 'parquet' }
    }
    const file = join(folder, `${NAME}.ndjson`)
    writeFileDurable(file, [])
    const columns = Object.fromEntries(COLUMNS.map((column) => [column.name, sqlType(column.type)]))
    return { name, files: [file], format: 'ndjson', columns }
  })
}

async function settle({ services, run }: TableScope): Promise<void> {
  const isBehind = await services.index.use(({ pending }) => pending > 0)
  if (!isBehind || isHomeAbsent(services.home)) return
  try {
    const owner = await services.openOwner(run)
    try {
      await owner.settleIndex(true)
    } finally {
      owner.close()
    }
  } catch (error) {
    if (!isKitError(error, 'READ_ONLY') && !isKitError(error, 'ACCESS_DENIED')) throw error
    run.warn('the table metadata is as of the last time that this home could be written')
  }
}
