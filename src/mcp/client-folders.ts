/** The folders that a client says it works in, where it says so. */
import { fileURLToPath } from 'node:url'
import type { McpServer, ServerContext } from '@modelcontextprotocol/server'

/** @returns undefined for a client that has none to tell. */
export async function clientFolders(
  { server }: McpServer,
  { mcpReq }: ServerContext
): Promise<readonly string[] | undefined> {
  // Clients of the newest protocol no longer tell folders.
  if (mcpReq.envelope !== undefined || server.getClientCapabilities()?.roots === undefined)
    return undefined
  const { roots } = await mcpReq.send({ method: 'roots/list' })
  return roots.flatMap(({ uri }) => folderOf(uri))
}

/** What is no folder of this machine allows nothing. */
function folderOf(uri: string): string[] {
  try {
    return [fileURLToPath(uri)]
  } catch {
    return []
  }
}
