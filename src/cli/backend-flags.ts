/** The flags of backends, made of the tables that their types declare. */
import { COMMON_OPTIONS, describeOption, type OptionTable } from '../../backends/options.js'
import { typeOptions } from '../../backends/registry.js'
import type { OptionSpec } from './command-spec.js'

/** Options of all types, and those that every type takes. Each type refuses the others' own. */
export function backendFlags(): Readonly<Record<string, OptionSpec>> {
  const flags: Record<string, OptionSpec> = {}
  for (const [name, { value, help, repeatable }] of typeOptions())
    flags[name] = flag(value, help, repeatable)
  for (const [name, row] of Object.entries<OptionTable[string]>(COMMON_OPTIONS))
    flags[name] = flag(row.value, describeOption(row), row.repeatable === true)
  return flags
}

const flag = (value: string | undefined, help: string, multiple: boolean): OptionSpec => ({
  type: value === undefined ? 'boolean' : 'string',
  ...(value === undefined ? {} : { value }),
  help,
  ...(multiple ? { multiple } : {})
})
