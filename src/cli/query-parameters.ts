/** Values of parameters in a command line. */
import { KitError } from '../core/errors.js'
import type { Parameter, Parameters } from '../query/ports.js'

/**
 * Parses `NAME=VALUE`. Numbers, `true`, `false`, `null` and lists mean what JSON means by them, and
 * `{"timestamp": "…"}` and `{"date": "…"}` are times and days; anything else is a text, and so is what
 * stands in double quotes.
 * @throws USAGE.
 */
export function parametersOf(texts: readonly string[]): Parameters {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf('=')
      const name = text.slice(0, Math.max(0, at)).replace(/^\$/, '')
      if (!/^\w+$/.test(name))
        throw new KitError('USAGE', `--param takes NAME=VALUE, not "${text}"`)
      return [name, valueOf(text.slice(at + 1))]
    })
  )
}

function valueOf(text: string): Parameter {
  if (/^-?\d{1,38}$/.test(text)) return BigInt(text)
  if (/^-?\d*\.?\d+(?:e[+-]?\d+)?$/i.test(text)) return Number(text)
  if (text === 'null') return null
  if (text === 'true' || text === 'false') return text === 'true'
  const structure = structureOf(text)
  if (structure !== undefined) return structure
  return /^"(.*)"$/s.exec(text)?.[1] ?? text
}

/** Returns a list or a typed value; undefined for a text that is no JSON of these. */
function structureOf(text: string): Parameter | undefined {
  if (!/^(?:\[.*\]|\{\s*"(?:timestamp|date|whole)".*\})$/s.test(text)) return undefined
  try {
    return JSON.parse(withWholeNumbers(text)) as Parameter
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** Returns JSON in which whole numbers of many digits, which JSON.parse would round, are `{"whole": "…"}`. */
const withWholeNumbers = (json: string): string =>
  json.replace(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g, (part) =>
    /^-?\d{16,38}$/.test(part) ? `{"whole": "${part}"}` : part
  )
