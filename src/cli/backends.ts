/** Helpers of the backend commands. */
import { TRUSTS, type OptionTexts } from '../../backends/options.js'
import { secretFlags, typeOptions } from '../../backends/registry.js'
import { formatSize, parseDuration, parseSize } from '../config/units.js'
import { KitError } from '../core/errors.js'
import type { BackendStats } from '../operations/engine-report.js'
import type { BackendChange } from '../operations/backend-change.js'
import type { SecretSources } from '../operations/given-secrets.js'
import { askSecret, canAsk, readInput } from './ask-secret.js'
import { flagOf, valueOf, type Context } from './context.js'
import { countFrom, wordFrom } from './values.js'
import { counted } from './counted.js'

/** Returns the given flags that are options of any type. */
function optionTexts(context: Context): OptionTexts {
  const texts: Record<string, readonly string[]> = {}
  for (const name of typeOptions().keys()) {
    const value = context.options[name]
    if (value === undefined || value === false || secretFlags().has(name)) continue
    texts[name] = value === true ? ['yes'] : typeof value === 'string' ? [value] : value
  }
  return texts
}

/** Returns where secrets may be taken from: files that flags name, the environment, a terminal. */
function secretSources(context: Context): SecretSources {
  const files: Record<string, string> = {}
  for (const [flag, option] of secretFlags()) {
    const file = valueOf(context, flag)
    if (file !== undefined) files[option] = file
  }
  return {
    files,
    input: readInput,
    environment: process.env,
    ...(canAsk() ? { ask: askSecret } : {})
  }
}

/** Returns the changes that the flags ask for. A flag that is not given is left out. */
export function changeFrom(context: Context): BackendChange {
  const timeout = valueOf(context, 'timeout')
  return {
    options: optionTexts(context),
    priority: countFrom(context, 'priority'),
    timeoutMs: timeout === undefined ? undefined : parseDuration(timeout),
    readOnly: readOnlyFrom(context),
    cost: countFrom(context, 'cost'),
    trust: wordFrom(context, 'trust', TRUSTS),
    encrypt: flagOf(context, 'encrypt'),
    identityFile: valueOf(context, 'age-identity'),
    maxUpload: rateFrom(context, 'max-upload'),
    maxDownload: rateFrom(context, 'max-download'),
    secrets: secretSources(context)
  }
}

/** Returns undefined where neither flag is given, so that an update keeps the setting. @throws USAGE. */
function readOnlyFrom(context: Context): boolean | undefined {
  const [readOnly, writable] = [flagOf(context, 'read-only'), flagOf(context, 'writable')]
  if (readOnly && writable) throw new KitError('USAGE', 'take one of --read-only and --writable')
  return readOnly ? true : writable ? false : undefined
}

/** Returns bytes a second; 0 for `off`, undefined where the flag is not given. @throws USAGE. */
function rateFrom(context: Context, flag: string): number | undefined {
  const text = valueOf(context, flag)
  if (text === undefined || text === 'off') return text === undefined ? undefined : 0
  const rate = parseSize(text)
  if (rate > 0) return rate
  throw new KitError('USAGE', `--${flag} takes bytes a second, such as 5MiB, or "off"`)
}

/** Describes a backend's state in a line. `null` stands for a backend that no engine has in use. */
export function describeBackend(stats: BackendStats | null): string {
  if (stats === null) return 'not in use: no mount, or one that is offline'
  if (stats.state === 'unknown') return 'not asked yet'
  const gave = `${counted(stats.blocks, 'block')}, ${formatSize(stats.bytes)}`
  const time = stats.averageMs === null ? '' : `, ${stats.averageMs.toFixed(1)} ms`
  const wrong =
    stats.errors === 0 ? '' : `, ${counted(stats.errors, 'error')} (last: ${stats.lastError})`
  return `${stats.state}: ${gave}${time}${wrong}`
}
