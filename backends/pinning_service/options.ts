/** The options of the pinning service backend. */
import { KitError } from '../../src/core/errors.js'
import { httpUrl, textOf, type OptionTable, type OptionTexts } from '../options.js'

export const PINNING_SERVICE_OPTIONS = {
  service: {
    value: 'URL',
    help: 'the endpoint of its Pinning Service API, such as https://api.pinata.cloud/psa',
    required: true
  },
  token: {
    value: 'TOKEN',
    help: 'the access token',
    secret: { env: 'PINNING_SERVICE_TOKEN' }
  },
  origin: {
    value: 'MULTIADDR',
    help: 'a node that has the content, told with each pin; repeatable',
    repeatable: true
  }
} as const satisfies OptionTable

export interface PinningServiceOptions {
  readonly url: URL
  readonly origins: readonly string[]
}

/** The most nodes that a pin may name. */
export const MAX_ORIGINS = 20

/** @throws USAGE for what is no http or https URL, or no multiaddr. */
export function pinningServiceOptions(texts: OptionTexts): PinningServiceOptions {
  const origins = texts['origin'] ?? []
  for (const origin of origins)
    if (!/^\/[\x21-\x7e]+$/.test(origin))
      throw new KitError(
        'USAGE',
        `--origin takes a multiaddr such as /dns4/example.com/tcp/4001/p2p/12D3…, not "${origin}"`
      )
  if (origins.length > MAX_ORIGINS)
    throw new KitError('USAGE', `--origin can be given ${MAX_ORIGINS} times at most`)
  return { url: httpUrl('service', textOf(texts, 'service') ?? ''), origins }
}
