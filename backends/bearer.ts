/** A secret as a header of HTTP. */
import { KitError } from '../src/core/errors.js'
import type { Secrets } from './secrets.js'

/**
 * Returns the secret of an option as it stands in a header, without the line end of its file.
 * @param what it is, for messages, such as "the access token".
 * @throws CREDENTIALS where it is missing, or holds what no header can.
 */
export function headerSecret(secrets: Secrets, option: string, what: string): string {
  const text = secrets.text(option)?.trim() ?? ''
  if (text === '')
    throw new KitError('CREDENTIALS', `${what} is not set; give it by --${option}-file FILE`)
  if (!/^[\x20-\x7e]+$/.test(text))
    throw new KitError('CREDENTIALS', `${what} holds line ends or other characters that cannot be sent`) // prettier-ignore
  return text
}
