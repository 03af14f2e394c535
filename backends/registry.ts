/** Every type of backend there is: what it takes, and how it is made. Its code is loaded then. */
import { KitError } from '../src/core/errors.js'
import type { Backend } from './backend.js'
import { knownOnly, type OptionRow, type OptionTexts } from './options.js'

export interface BackendType {
  readonly summary: string
  /** The options it takes, and how one is made of them. */
  readonly load: () => Promise<{
    readonly options: Readonly<Record<string, OptionRow>>
    /** @throws USAGE naming the option that is wrong. */
    readonly make: (name: string, texts: OptionTexts, readOnly: boolean) => Backend
  }>
}

export const BACKEND_TYPES: Readonly<Record<string, BackendType>> = {
  kubo: {
    summary: 'a Kubo node, by its RPC API or its repository',
    load: async () => {
      const [{ KuboBackend }, { KUBO_OPTIONS, kuboOptions }] = await Promise.all([
        import('./kubo/backend.js'),
        import('./kubo/options.js')
      ])
      return {
        options: KUBO_OPTIONS,
        make: (name, texts) => new KuboBackend(name, kuboOptions(texts))
      }
    }
  },
  gateway: {
    summary: 'trustless HTTP gateways that stand in for each other',
    load: async () => {
      const { GATEWAY_OPTIONS, GatewayBackend, gatewayUrls } = await import('./gateway/backend.js')
      return {
        options: GATEWAY_OPTIONS,
        make: (name, texts) => new GatewayBackend(name, gatewayUrls(texts))
      }
    }
  },
  filesystem: {
    summary: 'a folder of CAR files and blocks',
    load: async () => {
      const { FILESYSTEM_OPTIONS, FilesystemBackend, filesystemPath } =
        await import('./filesystem/backend.js')
      return {
        options: FILESYSTEM_OPTIONS,
        make: (name, texts, readOnly) =>
          new FilesystemBackend(name, filesystemPath(texts), readOnly)
      }
    }
  }
}

/** @throws USAGE for an unknown type, or options it does not take. */
export async function makeBackend(
  name: string,
  type: string,
  texts: OptionTexts,
  readOnly: boolean
): Promise<Backend> {
  const { options, make } = await typeNamed(type).load()
  knownOnly(texts, options)
  return make(name, texts, readOnly)
}

export function typeNamed(type: string): BackendType {
  const found = Object.hasOwn(BACKEND_TYPES, type) ? BACKEND_TYPES[type] : undefined
  if (found === undefined)
    throw new KitError(
      'USAGE',
      `there is no backend type "${type}"; there are ${Object.keys(BACKEND_TYPES).join(', ')}`
    )
  return found
}
