/** What every command is given: where it works and how it speaks. */
import type { Config } from '../config/config.js'
import type { Content } from '../content/content.js'
import type { FetchSettings } from '../fetch/settings.js'
import type { Cid } from '../core/cid.js'
import type { Owner } from '../service/owner.js'
import type { UpstreamContent } from '../service/upstream-content.js'
import type { StoreReader } from '../store/reader.js'
import type { CommandSpec } from './command.js'
import type { Progress } from './progress.js'

/** The local store, opened for reading. */
export interface ContentView {
  readonly reader: StoreReader
  readonly content: Content
  /** Where a block is: in the store, or on the disk as part of the cache. */
  tierOf(cid: Cid): 'local' | 'disk' | undefined
  /** Who gave it: `local`, or the name of a backend; undefined where nobody knows. */
  originName(cid: Cid): string | undefined
  /** The CID that a name below `/ipns/` leads to. @throws PATH_NOT_FOUND; NotReady, which `fetched` sees to. */
  readonly named: (name: string) => Cid
  /** Do something with the content, having fetched what it turns out to need. */
  fetched<T>(work: () => T): Promise<T>
  close(): Promise<void>
}

/** How what is not here is to be had. */
export interface UpstreamOptions {
  readonly settings: EngineFetchSettings
  readonly signal: AbortSignal
  readonly warn: (message: string) => void
}

/** As FetchSettings, where the size of the disk tier may be left to us. */
export type EngineFetchSettings = Omit<FetchSettings, 'disk'> & {
  readonly disk: number | undefined
}

/** What only the composition root can make. */
export interface Services {
  /** @param remote how to fetch what is not here; nothing is, where it is left out. */
  openReading(home: string, remote?: UpstreamOptions): ContentView
  /** The cache and the backends of a home, in this process or in the engine that has them. */
  openUpstream(home: string, remote: UpstreamOptions): Promise<UpstreamContent>
  /**
   * Become the owner of the home or connect to it.
   * @param alone wait for writers first and hold them off: for gc and repair.
   * @throws LOCKED naming the owner.
   */
  openOwner(home: string, warn: (message: string) => void, alone?: boolean): Promise<Owner>
  /** Build the index of a home anew. @throws LOCKED while it is owned. */
  rebuild(home: string): { blocks: number; files: number; lost: readonly string[] }
}

export type OptionValues = Readonly<
  Record<string, string | boolean | readonly string[] | undefined>
>

export interface Context {
  readonly command: string
  /** Every command there is. */
  readonly commands: readonly CommandSpec[]
  readonly home: string
  readonly config: Config
  readonly args: readonly string[]
  readonly options: OptionValues
  readonly json: boolean
  readonly quiet: boolean
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal
  readonly services: Services
  /** Data: one line to stdout. */
  print(line: string): void
  /** Bytes to stdout, at the reader's pace. */
  write(bytes: Uint8Array): Promise<void>
  /** A message for people, to stderr. */
  note(line: string): void
  /** A warning: a message that `--json` answers carry too. */
  warn(line: string): void
  /** The one JSON document of a `--json` command, inside its envelope. */
  answer(payload: Readonly<Record<string, unknown>>): void
  progress(what: string, total?: number): Progress
}

export const flagOf = (context: Context, name: string): boolean => context.options[name] === true

export const valueOf = (context: Context, name: string): string | undefined => {
  const value = context.options[name]
  return typeof value === 'string' ? value : undefined
}
