/** The type of a kind of resource: its URIs, how it is read, and what completes its variables. */
import type { ReadResourceResult } from '@modelcontextprotocol/server'
import type { ToolContext } from '../tool.js'

export interface ResourceKind {
  readonly name: string
  readonly template: string
  readonly title: string
  readonly description: string
  readonly mimeType?: string
  readonly read: (uri: URL, context: ToolContext) => Promise<ReadResourceResult>
  /** For each variable, the values that begin as typed; `given` are those of the other variables. */
  readonly complete: Readonly<Record<string, Complete>>
}

export type Complete = (
  typed: string,
  context: ToolContext,
  given: Readonly<Record<string, string>>
) => Promise<string[]>

/** Most values that a completion brings. */
const MOST_VALUES = 100

export const beginning = (typed: string, all: readonly string[]): string[] =>
  all.filter((one) => one.startsWith(typed)).slice(0, MOST_VALUES)

/** Returns the host and the names of the path of a URI, decoded. */
export const namesOf = ({ host, pathname }: URL): string[] =>
  [host, ...pathname.split('/')].filter((name) => name !== '').map(decodeURIComponent)

export const jsonContents = (uri: URL, value: unknown): ReadResourceResult => ({
  contents: [{ uri: uri.href, mimeType: 'application/json', text: JSON.stringify(value, null, 2) }]
})
