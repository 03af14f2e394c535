/** Assistants' clients of the program over stdin and stdout. */
import { Client, type CallToolResult, type ClientOptions } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import type { Kit } from './cli.js'
import { MAIN } from './paths.js'

export interface McpChoice {
  readonly args?: readonly string[]
  readonly options?: ClientOptions
  /** Runs before it connects. */
  readonly prepare?: (client: Client) => void
}

/** Speaks the newest protocol. */
export const NEWEST: ClientOptions = { versionNegotiation: { mode: 'auto' } }

interface Ending {
  teardown(end: () => Promise<void>): void
}

/** Connects a client to a server of its own, which ends with the test. */
export async function mcpClient(t: Ending, kit: Kit, choice: McpChoice = {}): Promise<Client> {
  const { args = [], options, prepare } = choice
  const env = { ...process.env, ...kit.options.env, IPFS_KIT_HOME: kit.home }
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [MAIN, 'mcp', ...args],
    env
  })
  const client = new Client({ name: 'test', version: '1' }, options)
  t.teardown(() => client.close())
  prepare?.(client)
  await client.connect(transport)
  return client
}

/** Calls a tool that must succeed. @returns its structured answer. */
export async function callTool<T = Record<string, unknown>>(
  client: Client,
  name: string,
  args: Record<string, unknown> = {}
): Promise<T> {
  const result = await client.callTool({ name, arguments: args })
  if (result.isError === true) throw new Error(textOf(result))
  return result.structuredContent as T
}

/** Returns the text of an answer. */
export const textOf = ({ content }: CallToolResult): string =>
  content.map((block) => (block.type === 'text' ? block.text : '')).join('\n')
