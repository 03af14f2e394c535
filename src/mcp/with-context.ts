/** Gives work for a request what it needs of the home. */
import type { ServerContext } from '@modelcontextprotocol/server'
import type { ToolContext } from './tool.js'

/** @param request is undefined for what is asked in passing, such as a completion. */
export type WithContext = <T>(
  request: ServerContext | undefined,
  work: (context: ToolContext) => Promise<T>
) => Promise<T>
