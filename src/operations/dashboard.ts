/** Signs a browser in at the engine of a home, which is started where none runs. */
import { KitError } from '../core/errors.js'
import type { EngineChoice } from './engine-choice.js'
import type { Operation } from './operation.js'

export interface DashboardRequest {
  /** Whether the browser may look, and change nothing. */
  readonly isReadOnly: boolean
  /** How an engine is started. */
  readonly engine: EngineChoice
}

export interface DashboardResult {
  /** Good once, and for a minute. */
  readonly url: string
  readonly expiresInMs: number
  /** Whether an engine was started, which stays. */
  readonly hasStarted: boolean
}

const CODE_MS = 60_000

/** @throws UNSUPPORTED where the engine answers at no port. */
export const dashboard: Operation<DashboardRequest, DashboardResult> = async (
  services,
  { isReadOnly, engine },
  run
) => {
  const running = await services.engine.report()
  if (running === undefined) await services.engine.start(engine, run)
  const report = running ?? (await services.engine.report())
  const port = report?.ports.find(({ name }) => name === 'service')
  if (port === undefined || port.url === null)
    throw new KitError('UNSUPPORTED', `the dashboard needs the port of the service: ${port?.fault ?? 'it is off; choose one, as in `ipfs-kit config set service.listen 127.0.0.1:8520`, and start the engine again'}`) // prettier-ignore
  const code = await services.engine.signIn({ isReadOnly })
  return {
    url: `${port.url}/sign-in?code=${code}`,
    expiresInMs: CODE_MS,
    hasStarted: running === undefined
  }
}
