/** Offers the resources of a home. */
import { ProtocolError, ProtocolErrorCode, ResourceNotFoundError, ResourceTemplate, type McpServer } from '@modelcontextprotocol/server' // prettier-ignore
import type { ErrorCode, KitError } from '../../core/errors.js'
import { toKitError } from '../../core/errors.js'
import { printableText } from '../../core/printable.js'
import type { WithContext } from '../with-context.js'
import { contentResource } from './content.js'
import { datasetResource, datasetVersionResource } from './dataset.js'
import { resourcePage } from './listing.js'
import { queryResource } from './query.js'
import type { Complete, ResourceKind } from './resource.js'

const KINDS: readonly ResourceKind[] = [
  contentResource,
  datasetResource,
  datasetVersionResource,
  queryResource
]

export function addResources(server: McpServer, use: WithContext): void {
  for (const kind of KINDS) addKind(server, kind, use)
  // The list of the library has no pages.
  server.server.setRequestHandler('resources/list', async (request, context) => {
    const { cursor } = request.params ?? {}
    if (cursor !== undefined && !/^\d{1,9}$/.test(cursor))
      throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'the cursor is not one of this server') // prettier-ignore
    return await asProtocol('', () => use(context, (own) => resourcePage(cursor, own)))
  })
}

function addKind(server: McpServer, kind: ResourceKind, use: WithContext): void {
  const { name, template, title, description, mimeType, read } = kind
  const complete = Object.fromEntries(
    Object.entries(kind.complete).map(([variable, values]) => [variable, completer(values, use)])
  )
  server.registerResource(
    name,
    new ResourceTemplate(template, { list: undefined, complete }),
    { title, description, ...(mimeType === undefined ? {} : { mimeType }) },
    (uri, _variables, context) => asProtocol(uri.href, () => use(context, (own) => read(uri, own)))
  )
}

/** Nobody is told why there is nothing to complete. */
const completer =
  (values: Complete, use: WithContext) =>
  async (
    typed: string,
    context?: { readonly arguments?: Record<string, string> }
  ): Promise<string[]> => {
    try {
      return await use(undefined, (own) => values(typed, own, context?.arguments ?? {}))
    } catch {
      return []
    }
  }

const NOT_FOUND: ReadonlySet<ErrorCode> = new Set([
  'PATH_NOT_FOUND',
  'BLOCK_NOT_FOUND',
  'INVALID_CID',
  'INVALID_ARGUMENT',
  'USAGE'
])

/** Resources have no answer that is an error: their errors are those of the protocol. */
async function asProtocol<T>(uri: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw protocolError(uri, toKitError(error))
  }
}

function protocolError(uri: string, { code, message }: KitError): ProtocolError {
  const text = `${code}: ${printableText(message)}`
  return NOT_FOUND.has(code)
    ? new ResourceNotFoundError(uri, text)
    : new ProtocolError(ProtocolErrorCode.InternalError, text)
}
