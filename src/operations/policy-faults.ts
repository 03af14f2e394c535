/** Finds backends that a policy of pins names, and that a home does not have. */
import { backendNames } from '../../backends/configured.js'
import type { Config } from '../config/config.js'
import { pinPolicyFrom } from './pin-policy.js'

/** @returns sentences, one for each key that names some; none where all that are named are there. */
export function policyFaults(home: string, config: Config): string[] {
  const { standard, rules } = pinPolicyFrom(config)
  const ruled = rules.flatMap(({ demand: { required = [], preferred = [] } }) => [...required, ...preferred]) // prettier-ignore
  const named: readonly (readonly [string, readonly string[]])[] = [
    ['pins.required', standard.required],
    ['pins.preferred', standard.preferred],
    ['pins.rules', ruled]
  ]
  if (named.every(([, names]) => names.length === 0)) return []
  const there = backendNames(home)
  return named.flatMap(([key, names]) => {
    const absent = [...new Set(names)].filter((name) => !there.includes(name))
    if (absent.length === 0) return []
    const have = there.length === 0 ? 'this home has no backends' : `the backends are ${there.join(', ')}` // prettier-ignore
    return `${key} names ${absent.map((name) => `"${name}"`).join(', ')}, which is no backend: ${have}; \`ipfs-kit backend add\` adds one` // prettier-ignore
  })
}
