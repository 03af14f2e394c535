/** The server that assistants talk to: its tools, resources and prompts over the operations of one home. */
import { McpServer, type CallToolResult, type ServerContext } from '@modelcontextprotocol/server'
import { toKitError } from '../core/errors.js'
import { packageVersion } from '../core/version.js'
import type { Services } from '../operations/services.js'
import { allowedFolders, type AllowedFolders } from './allowed-folders.js'
import { withRun } from './call-run.js'
import { clientFolders } from './client-folders.js'
import { withoutMounts } from './content-path.js'
import { failure } from './failure.js'
import { instructions } from './instructions.js'
import type { Tool } from './tool.js'
import { TOOLS } from './tools/all.js'

export interface McpParts {
  readonly services: Services
  /** Returns the profile by which files are cut into blocks. */
  readonly profile: () => string
  /** The folders of this machine that may be added from. */
  readonly roots: readonly string[]
  /** Whether tools that change something are left out. */
  readonly readOnly: boolean
}

/** Makes a server for one connection, or one request. */
export function makeServer(parts: McpParts): McpServer {
  const info = { name: 'ipfs-kit', title: 'IPFS Kit', version: packageVersion() }
  const server = new McpServer(info, { instructions: instructions(parts.readOnly) })
  const own = { ...parts, services: withoutMounts(parts.services) }
  for (const tool of TOOLS)
    if (!parts.readOnly || tool.annotations.readOnlyHint) addTool(server, tool, own)
  return server
}

function addTool(server: McpServer, tool: Tool, parts: McpParts): void {
  const { name, title, description, input, output, annotations } = tool
  server.registerTool(
    name,
    { title, description, inputSchema: input, outputSchema: output, annotations },
    (args, context) => answer(server, tool, args, parts, context)
  )
}

/** Returns what a tool answers. What fails is an answer too: the assistant reads why, and goes on. */
async function answer(
  server: McpServer,
  tool: Tool,
  args: Record<string, unknown>,
  parts: McpParts,
  context: ServerContext
): Promise<CallToolResult> {
  const warnings: string[] = []
  const { services, profile } = parts
  try {
    const folders = await foldersOf(server, tool, parts, context)
    const { structured, content } = await withRun(context, warnings, (run) =>
      tool.call(args, { services, run, profile: profile(), folders })
    )
    const shown = content ?? [{ type: 'text', text: JSON.stringify(structured) }]
    const told = warnings.map((text) => ({ type: 'text' as const, text: `Warning: ${text}` }))
    return { structuredContent: structured, content: [...shown, ...told] }
  } catch (error) {
    return failure(toKitError(error))
  }
}

/** Only what adds reads folders of this machine. */
async function foldersOf(
  server: McpServer,
  { annotations }: Tool,
  { roots, services }: McpParts,
  context: ServerContext
): Promise<AllowedFolders> {
  const isAsked = roots.length > 0 && !annotations.readOnlyHint
  const narrowed = isAsked ? await clientFolders(server, context) : undefined
  return allowedFolders({ roots, narrowed, home: services.home })
}
