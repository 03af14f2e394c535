/** Many questions in a row, for which content and processes are opened once. */
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { runQuery, type QueryRequest, type QueryResult } from './query.js'
import { tableNames } from './query-tables.js'
import type { Run } from './run.js'
import type { Services } from './services.js'

export interface OpenQueries {
  tables(): Promise<readonly string[]>
  /** @throws as `query`. */
  ask(request: QueryRequest): Promise<QueryResult>
  close(): Promise<void>
}

export async function openQueries(services: Services, run: Run): Promise<OpenQueries> {
  const { sql, folder, close } = await services.openSql(run)
  const view = await services.openContent(true, run)
  return {
    tables: () => tableNames({ services, view, sql, folder, run }),
    ask: async (request) => {
      // What the home knows of itself may have changed since the last question.
      const own = mkdtempSync(join(folder, 'tables-'))
      try {
        const scope = { services, view, sql, folder: own, run }
        return await runQuery(scope, request, { maxRows: request.maxRows ?? Infinity })
      } finally {
        rmSync(own, { recursive: true, force: true })
      }
    },
    close: async () => {
      close()
      await view.close()
    }
  }
}
