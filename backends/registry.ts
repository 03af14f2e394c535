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
    readonly make: (name: string, texts: OptionTexts) => Backend
    /**
     * Whether what the options name on this machine is there. Asked when they are given, and not
     * whenever one is made: a disk that is away now must not stop the other backends.
     * @throws USAGE.
     */
    readonly check?: (texts: OptionTexts) => void
  }>
}

export const BACKEND_TYPES: Readonly<Record<string, BackendType>> = {
  kubo: {
    summary: 'a Kubo node, by its RPC API or its repository',
    load: async () => {
      const [{ KuboBackend }, { KUBO_OPTIONS, checkKubo, kuboOptions }] = await Promise.all([
        import('./kubo/backend.js'),
        import('./kubo/options.js')
      ])
      return {
        options: KUBO_OPTIONS,
        make: (name, texts) => new KuboBackend(name, kuboOptions(texts)),
        check: checkKubo
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
      const { checkFilesystem, FILESYSTEM_OPTIONS, FilesystemBackend, filesystemPath } =
        await import('./filesystem/backend.js')
      return {
        options: FILESYSTEM_OPTIONS,
        make: (name, texts) => new FilesystemBackend(name, filesystemPath(texts)),
        check: checkFilesystem
      }
    }
  }
}

/** @throws USAGE for an unknown type, or options it does not take. */
export async function makeBackend(
  name: string,
  type: string,
  texts: OptionTexts
): Promise<Backend> {
  const { options, make } = await typeNamed(type).load()
  knownOnly(texts, options)
  return make(name, texts)
}

/** Whether a backend can be made of these options. @throws USAGE. */
export async function checkOptions(name: string, type: string, texts: OptionTexts): Promise<void> {
  await (await makeBackend(name, type, texts)).close()
  const { check } = await typeNamed(type).load()
  check?.(texts)
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
