/** Values of parameters in a command line. */
import { KitError } from '../core/errors.js'
import type { Parameter, Parameters } from '../query/ports.js'

/**
 * Parses `NAME=VALUE`. Numbers, `true`, `false` and `null` mean what JSON means by them; anything else
 * is a text, and so is what stands in double quotes.
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
  return /^"(.*)"$/s.exec(text)?.[1] ?? text
}
