/** SQL by the warm processes of the engine that owns the home. */
import type { Inspected, ScriptRequest, SelectRequest, Sql, KnownLimits, SqlLimits, SqlRows, SqlWork } from '../query/ports.js' // prettier-ignore
import type { OwnerClient } from './owner-client.js'
import { toSent } from './sql-shapes.js'

export class RpcSql implements Sql {
  readonly #client: OwnerClient
  readonly #own: Sql
  readonly #limits: KnownLimits

  /**
   * @param own runs our own statements: the engine's processes are for questions.
   * @param limits of statements that are sent without some.
   */
  constructor(client: OwnerClient, own: Sql, limits: KnownLimits) {
    this.#client = client
    this.#own = own
    this.#limits = limits
  }

  inspect(sql: string, { signal }: SqlWork): Promise<Inspected> {
    return this.#client.call('inspectSql', { sql }, { signal })
  }

  select(
    { sql, tables, output, parameters }: SelectRequest,
    { signal, progress }: SqlWork,
    limits: SqlLimits = {}
  ): Promise<SqlRows> {
    const request = { sql, tables, output, values: toSent(parameters) }
    const message = { request, limits: { ...this.#limits, ...limits } }
    return this.#client.call('selectSql', message, {
      signal,
      ...(progress === undefined ? {} : { progress })
    })
  }

  script(request: ScriptRequest, work: SqlWork, limits?: SqlLimits): Promise<SqlRows> {
    return this.#own.script(request, work, limits)
  }

  close(): void {
    this.#client.close()
    this.#own.close()
  }
}
