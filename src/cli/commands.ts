/** Holds all commands in one table for parsing, help and completion. */
import type { Command } from './command.js'
import { ARCHIVES } from './groups/archives.js'
import { ASSISTANTS } from './groups/assistants.js'
import { BACKENDS } from './groups/backends.js'
import { CACHE } from './groups/cache.js'
import { CONFIG } from './groups/config.js'
import { CONTENT } from './groups/content.js'
import { DATASETS } from './groups/dataset.js'
import { DAEMON } from './groups/daemon.js'
import { HELP } from './groups/help.js'
import { LOG } from './groups/log.js'
import { METADATA } from './groups/metadata.js'
import { MOUNTS } from './groups/mounts.js'
import { NAMES } from './groups/names.js'
import { PINS } from './groups/pins.js'
import { QUERY } from './groups/query.js'
import { SERVICE } from './groups/service.js'

export const COMMANDS: readonly Command[] = [
  ...MOUNTS,
  ...DAEMON,
  ...SERVICE,
  ...ASSISTANTS,
  ...CONTENT,
  ...ARCHIVES,
  ...PINS,
  ...NAMES,
  ...BACKENDS,
  ...QUERY,
  ...DATASETS,
  ...METADATA,
  ...LOG,
  ...CACHE,
  ...CONFIG,
  ...HELP
]

/** Returns the command that the first words name, and how many words its name takes. */
export function findCommand(words: readonly string[]): { spec: Command; used: number } | undefined {
  for (const used of [2, 1]) {
    if (words.length < used) continue
    const name = words.slice(0, used).join(' ')
    const spec = COMMANDS.find((command) => command.name === name)
    if (spec !== undefined) return { spec, used }
  }
  return undefined
}
