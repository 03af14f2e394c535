/** What may be said of a backend's secrets: which are set, and where they were taken from. */
import { storedSecrets } from '../../backends/secrets.js'
import { isKitError } from '../core/errors.js'

/** Origins by option, in words. */
export type SecretOrigins = Readonly<Record<string, string>>

/** Returns where each secret of a backend was taken from, never the secret; or why that cannot be told. */
export function secretOrigins(home: string, name: string): SecretOrigins {
  try {
    const entries = Object.entries(storedSecrets(home, name))
    return Object.fromEntries(entries.map(([option, { from }]) => [option, `set, from ${from}`]))
  } catch (error) {
    if (!isKitError(error)) throw error
    return { secret: `not usable: ${error.message}` }
  }
}
