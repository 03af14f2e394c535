/** Lists the backends with their state and statistics. */
import { configuredBackends, type ConfiguredBackend } from '../../backends/configured.js'
import type { BackendStats } from '../fetch/upstream-content.js'
import type { Operation } from './operation.js'

export interface ListedBackend extends ConfiguredBackend {
  /** The engine's statistics of the backend; null where no engine has it in use. */
  readonly report: BackendStats | null
}

export interface BackendListResult {
  readonly backends: readonly ListedBackend[]
}

export const backendList: Operation<Record<string, never>, BackendListResult> = async (
  services,
  _request,
  _run
) => {
  const all = configuredBackends(services.home)
  const report = await services.engine.report()
  const known = new Map(report?.remote?.backends.map((backend) => [backend.name, backend]))
  return { backends: all.map((one) => ({ ...one, report: known.get(one.name) ?? null })) }
}
