/** The server that assistants talk to: its tools, resources and prompts over the operations of one home. */
import { McpServer, type CallToolResult, type ServerContext } from '@modelcontextprotocol/server'
import { toKitError } from '../core/errors.js'
import { packageVersion } from '../core/version.js'
import type { Services } from '../operations/services.js'
import { allowedFolders } from './allowed-folders.js'
import { withRun } from './call-run.js'
import { clientFolders } from './client-folders.js'
import { withoutMounts } from './content-path.js'
import { failure } from './failure.js'
import { instructions } from './instructions.js'
import type { McpSettings, Tool, ToolContext } from './tool.js'
import { addPrompts } from './prompts.js'
import { addResources } from './resources/register.js'
import { TOOLS } from './tools/all.js'
import type { WithContext } from './with-context.js'

export interface McpParts {
  readonly services: Services
  /** Returns what the configuration says now. */
  readonly settings: () => McpSettings
  /** The folders of this machine that may be added from. */
  readonly roots: readonly string[]
  /** Whether tools that change something are left out. */
  readonly readOnly: boolean
}

/** Nobody is told of changes of lists: a client asks again. */
const FIXED = { listChanged: false }

/** Makes a server for one connection, or one request. */
export function makeServer(parts: McpParts): McpServer {
  const info = { name: 'ipfs-kit', title: 'IPFS Kit', version: packageVersion() }
  const capabilities = { tools: FIXED, resources: FIXED, prompts: FIXED }
  const server = new McpServer(info, { instructions: instructions(parts.readOnly), capabilities })
  const own = { ...parts, services: withoutMounts(parts.services) }
  for (const tool of TOOLS)
    if (!parts.readOnly || tool.annotations.readOnlyHint) addTool(server, tool, own)
  const use: WithContext = async (request, work) =>
    await withRun(request, [], async (run) => await work({ run, ...contextOf(own, undefined) }))
  addResources(server, use)
  addPrompts(server, use, parts.readOnly)
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
  try {
    const narrowed = await narrowedFor(server, tool, parts, context)
    const { structured, content } = await withRun(context, warnings, (run) =>
      tool.call(args, { run, ...contextOf(parts, narrowed) })
    )
    const shown = content ?? [{ type: 'text', text: JSON.stringify(structured) }]
    const told = warnings.map((text) => ({ type: 'text' as const, text: `Warning: ${text}` }))
    return { structuredContent: structured, content: [...shown, ...told] }
  } catch (error) {
    return failure(toKitError(error))
  }
}

/** Only what adds reads folders of this machine. @returns those of the client, where they count. */
const narrowedFor = async (
  server: McpServer,
  { annotations }: Tool,
  { roots }: McpParts,
  context: ServerContext
): Promise<readonly string[] | undefined> =>
  roots.length > 0 && !annotations.readOnlyHint ? await clientFolders(server, context) : undefined

const contextOf = (
  { services, settings, roots }: McpParts,
  narrowed: readonly string[] | undefined
): Omit<ToolContext, 'run'> => ({
  services,
  folders: allowedFolders({ roots, narrowed, home: services.home }),
  settings: settings()
})
