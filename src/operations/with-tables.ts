/** Opens what queries need for one piece of work, and closes it afterwards. */
import type { Run } from './run.js'
import type { Services } from './services.js'
import type { TableScope } from './table-scope.js'
import { withContent } from './with-content.js'

export const withTables = <T>(
  services: Services,
  run: Run,
  work: (scope: TableScope) => Promise<T>
): Promise<T> =>
  withContent(services, run, true, async (view) => {
    const { sql, folder, close } = await services.openSql(run)
    try {
      return await work({ services, view, sql, folder, run })
    } finally {
      close()
    }
  })
