/** Makes the flags of backends from the tables of options that their types declare. */
import { COMMON_OPTIONS, describeOption, type OptionTable } from '../../backends/options.js'
import { typeOptions } from '../../backends/registry.js'
import type { OptionSpec } from './command-spec.js'

/**
 * Returns the flags of all types and those that every type takes. Each type refuses flags of the
 * others, so that one table serves help and parsing.
 */
export function backendFlags(): Readonly<Record<string, OptionSpec>> {
  const flags: Record<string, OptionSpec> = {}
  for (const [name, { value, help, repeatable }] of typeOptions())
    flags[name] = flag(value, help, repeatable)
  for (const [name, row] of Object.entries<OptionTable[string]>(COMMON_OPTIONS))
    flags[name] = {
      ...flag(row.value, describeOption(row), row.repeatable === true),
      ...(row.choices === undefined ? {} : { values: row.choices })
    }
  return flags
}

/** Returns a flag. Without the name of a value it is a switch. */
const flag = (value: string | undefined, help: string, multiple: boolean): OptionSpec => ({
  type: value === undefined ? 'boolean' : 'string',
  ...(value === undefined ? {} : { value }),
  help,
  ...(multiple ? { multiple } : {})
})
