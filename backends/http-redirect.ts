/** The hosts to which a redirect may lead. */
import { isIP } from 'node:net'
import { KitError } from '../src/core/errors.js'
import { isLocalhost } from './lookup.js'

/** Characters of a redirect that go into a message. */
const MAX_LOCATION = 100

/**
 * Gives the place to which a redirect leads: the configured host or one below it, and never from TLS
 * to plain text.
 * @returns whether it is the configured host itself, which alone is told the headers of the backend.
 * @throws ACCESS_DENIED, or BACKEND_UNAVAILABLE for what is no URL.
 */
export function redirectTarget(
  origin: URL,
  from: URL,
  location: string
): { readonly url: URL; readonly own: boolean } {
  if (!URL.canParse(location, from.href))
    throw new KitError(
      'BACKEND_UNAVAILABLE',
      `${origin.host}: redirects to what is no URL: ${location.slice(0, MAX_LOCATION)}`
    )
  const url = new URL(location, from)
  const same = url.host === origin.host
  const below =
    url.hostname.endsWith(`.${origin.hostname}`) &&
    isIP(origin.hostname) === 0 &&
    // On this machine another port is another program.
    (!isLocalhost(url.hostname) || url.port === origin.port)
  const plain = origin.protocol === 'https:' && url.protocol !== 'https:'
  if ((!same && !below) || plain || !/^https?:$/.test(url.protocol))
    throw new KitError(
      'ACCESS_DENIED',
      `${origin.host} redirects to ${url.host}, which is not configured; it is not followed`
    )
  return { url, own: same }
}
