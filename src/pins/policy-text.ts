/**
 * Rules of a policy as text, so that one key of the configuration holds them:
 * `tag=master replicas=3; size>=1GiB require=archive,tape; age>=30d replicas=1 prefer=tape`.
 */
import type { Demand, PolicyRule } from './placement.js'

const FORM =
  'must be "none", or rules such as "tag=master replicas=3; size>=1GiB require=archive; age>=30d replicas=1 prefer=tape"'

const NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/i

/** What reads the units of sizes and ages. */
export interface Units {
  readonly size: (text: string) => number
  readonly duration: (text: string) => number
}

/** Parses names that commas separate; none for `none`. @throws Error with the expected form. */
export function parseNames(text: string): readonly string[] {
  if (text === 'none') return []
  const names = text.split(',').map((name) => name.trim())
  if (!names.every((name) => NAME.test(name)))
    throw new Error('must be "none", or names of backends with commas between them')
  return names
}

/** Parses rules. @throws Error with the expected form. */
export function parseRules(text: string, units: Units): readonly PolicyRule[] {
  if (text === 'none') return []
  return text.split(';').map((rule) => parseRule(rule.trim(), units))
}

interface MutableRule {
  tag?: string
  minSize?: number
  maxSize?: number
  minAge?: number
  demand: { -readonly [K in keyof Demand]?: Demand[K] }
}

function parseRule(text: string, units: Units): PolicyRule {
  const rule: MutableRule = { demand: {} }
  const words = text.split(/\s+/).filter((word) => word !== '')
  for (const word of words) readWord(rule, word, units)
  const isEmpty = Object.keys(rule.demand).length === 0
  if (words.length === 0 || isEmpty || Object.keys(rule).length === 1) throw new Error(FORM)
  return rule
}

function readWord(rule: MutableRule, word: string, { size, duration }: Units): void {
  const [, name, sign, value] = /^([a-z]+)(=|>=|<=)(.+)$/.exec(word) ?? []
  if (value === undefined) throw new Error(FORM)
  switch (`${name}${sign}`) {
    case 'tag=':
      rule.tag = value
      break
    case 'size>=':
      rule.minSize = read(value, size)
      break
    case 'size<=':
      rule.maxSize = read(value, size)
      break
    case 'age>=':
      rule.minAge = read(value, duration)
      break
    case 'replicas=':
      if (!/^\d{1,3}$/.test(value)) throw new Error(FORM)
      rule.demand.replicas = Number(value)
      break
    case 'require=':
      rule.demand.required = parseNames(value)
      break
    case 'prefer=':
      rule.demand.preferred = parseNames(value)
      break
    default:
      throw new Error(FORM)
  }
}

function read(value: string, units: (text: string) => number): number {
  try {
    return units(value)
  } catch (error) {
    throw new Error(`${FORM}; ${(error as Error).message}`, { cause: error })
  }
}
