/** The type of a tool: what an assistant is told of it, its schemas, and what it does. */
import type { ContentBlock, ToolAnnotations } from '@modelcontextprotocol/server'
import type * as z from 'zod'
import type { KnownLimits } from '../query/ports.js'
import type { Run } from '../operations/run.js'
import type { Services } from '../operations/services.js'
import type { AllowedFolders } from './allowed-folders.js'

/** What calls take from the configuration. Reading what is wrong there throws CONFIG_INVALID. */
export interface McpSettings {
  /** The profile by which files are cut into blocks. */
  readonly profile: string
  /** The limits of a statement of SQL. */
  readonly limits: KnownLimits
  /** What is wrong with the configuration, in sentences. */
  readonly configProblems: readonly string[]
}

/** The context of one call. */
export interface ToolContext {
  readonly services: Services
  readonly run: Run
  readonly settings: McpSettings
  /** The folders of this machine that this call may read. */
  readonly folders: AllowedFolders
}

export interface ToolAnswer<Output> {
  readonly structured: Output
  /** The blocks that are shown; by default the structured answer as JSON. */
  readonly content?: readonly ContentBlock[]
}

export interface Tool<
  Input extends z.ZodObject = z.ZodObject,
  Output extends z.ZodObject = z.ZodObject
> {
  readonly name: string
  readonly title: string
  /** For an assistant: what it gives, when to use it, and how to go on. */
  readonly description: string
  readonly input: Input
  readonly output: Output
  readonly annotations: Required<Omit<ToolAnnotations, 'title'>>
  readonly call: (
    input: z.output<Input>,
    context: ToolContext
  ) => Promise<ToolAnswer<z.input<Output>>>
}

/** Lets a tool be written with the types of its schemas, and be kept in a list with others. */
export const tool = <Input extends z.ZodObject, Output extends z.ZodObject>(
  made: Tool<Input, Output>
): Tool => made

/** Annotations of a tool that changes nothing. */
export const READING = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false
} as const

/** Annotations of a tool that may fetch what is missing from backends of the home. */
export const FETCHING = { ...READING, openWorldHint: true } as const

/** Annotations of a tool that adds and takes nothing away. */
export const ADDING = { ...READING, readOnlyHint: false } as const
