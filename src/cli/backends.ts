/** What the backend commands share. */
import type { BackendConfig, ConfiguredBackend } from '../../backends/configured.js'
import { readConfigured } from '../../backends/configured.js'
import type { OptionTexts } from '../../backends/options.js'
import { typeOptions } from '../../backends/registry.js'
import { formatSize, parseDuration } from '../config/units.js'
import { KitError } from '../core/errors.js'
import { socketPath } from '../service/home-lock.js'
import { RpcUpstream } from '../service/upstream-content.js'
import type { BackendReport } from '../service/report.js'
import { RpcClient } from '../service/rpc.js'
import { flagOf, valueOf, type Context } from './context.js'
import { countOption } from './target.js'

/** The options of types of backends, as they were given. */
export function optionTexts(context: Context): OptionTexts {
  const texts: Record<string, readonly string[]> = {}
  for (const name of typeOptions().keys()) {
    const value = context.options[name]
    if (value === undefined || typeof value === 'boolean') continue
    texts[name] = typeof value === 'string' ? [value] : value
  }
  return texts
}

type Common = Pick<BackendConfig, 'priority' | 'timeout_ms' | 'read_only'>

/** @param before what holds where nothing is said. */
export function commonFrom(context: Context, before: Common): Common {
  const timeout = valueOf(context, 'timeout')
  return {
    priority: countOption('priority', valueOf(context, 'priority')) ?? before.priority,
    timeout_ms: timeout === undefined ? before.timeout_ms : parseDuration(timeout),
    read_only: readOnlyFrom(context) ?? before.read_only
  }
}

function readOnlyFrom(context: Context): boolean | undefined {
  const [readOnly, writable] = [flagOf(context, 'read-only'), flagOf(context, 'writable')]
  if (readOnly && writable) throw new KitError('USAGE', 'take one of --read-only and --writable')
  return readOnly ? true : writable ? false : undefined
}

/** @throws PATH_NOT_FOUND. */
export function mustBeConfigured(context: Context, name: string): ConfiguredBackend {
  const found = readConfigured(context.home, name)
  if (found === undefined) throw noSuchBackend(name)
  return found
}

export const noSuchBackend = (name: string): KitError =>
  new KitError('PATH_NOT_FOUND', `there is no backend ${name}; see \`ipfs-kit backend ls\``)

/** Tell the engine of this home, where there is one. */
export async function changedBackends(context: Context): Promise<void> {
  const client = await RpcClient.connect(socketPath(context.home))
  if (client === undefined) return
  const remote = new RpcUpstream(client)
  try {
    await remote.reload()
  } finally {
    await remote.close()
  }
}

/** How a backend is, in a line; undefined where no engine has it in use. */
export function describeBackend(report: BackendReport | undefined): string {
  if (report === undefined) return 'not in use: no mount, or one that is offline'
  if (report.state === 'unknown') return 'not asked yet'
  const gave = `${report.blocks} blocks, ${formatSize(report.bytes)}`
  const time = report.average_ms === null ? '' : `, ${report.average_ms.toFixed(1)} ms`
  const wrong = report.errors === 0 ? '' : `, ${report.errors} errors (last: ${report.last_error})`
  return `${report.state}: ${gave}${time}${wrong}`
}
