/** What the tables of a home are made from, for one query. */
import type { Sql, TableCatalog } from '../query/ports.js'
import type { ContentView } from './content-view.js'
import type { Run } from './run.js'
import type { Services } from './services.js'

export interface TableScope {
  readonly services: Services
  readonly view: ContentView
  /** Runs our own statements, which make tables of what is not in files of tables yet. */
  readonly sql: Sql
  /** A folder for files of tables, removed after the query. */
  readonly folder: string
  readonly run: Run
}

export type CatalogMaker = (scope: TableScope) => TableCatalog
