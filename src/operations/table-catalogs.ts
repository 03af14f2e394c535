/** All catalogs of tables. The first that knows a name has it. */
import { datasetTables } from './dataset-tables.js'
import { homeTables } from './home-tables.js'
import { metadataTable } from './metadata-table.js'
import type { CatalogMaker } from './table-scope.js'

export const CATALOGS: readonly CatalogMaker[] = [homeTables, metadataTable, datasetTables]
