/** Results of saved queries as the mount of an engine shows them, by the operation that computes them. */
import { loadConfig } from '../config/config.js'
import { Cid } from '../core/cid.js'
import type { Log } from '../core/log.js'
import { fetchChoiceFrom } from '../operations/fetch-choice.js'
import { pinPolicyFrom } from '../operations/pin-policy.js'
import { queryLimitsFrom } from '../operations/query-limits.js'
import { queryResult } from '../operations/query-result.js'
import type { ResultFormat } from '../query/ports.js'
import { makeServices } from './services.js'

/** @returns undefined where there is no such query. */
export async function computeResult(
  home: string,
  query: string,
  format: string,
  signal: AbortSignal,
  log: Log
): Promise<Cid | undefined> {
  const config = loadConfig(home)
  const services = makeServices(home, fetchChoiceFrom(config, {}), () => pinPolicyFrom(config))
  const request = { query, format: format as ResultFormat, limits: queryLimitsFrom(config) }
  const run = { signal, progress: () => undefined, warn: (text: string) => log.warn(text) }
  const result = await queryResult(services, request, run)
  return result === undefined ? undefined : Cid.parse(result.cid)
}
