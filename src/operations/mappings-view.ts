/** Opens the pin mappings of a home for reading, beside whoever owns it. */
import { backendIds } from '../../backends/configured.js'
import { PinMappings } from '../pins/pin-mappings.js'
import { logFolder } from '../wal/layout.js'
import { readLog } from '../wal/read-log.js'
import type { Run } from './run.js'

export const openMappings = (home: string): Promise<PinMappings> =>
  PinMappings.open({
    home,
    backends: backendIds(home),
    repairs: false,
    read: (from) => readLog(logFolder(home), from)
  })

/** Runs work with the mappings of a home, and closes them. */
export async function withMappings<T>(
  home: string,
  work: (mappings: PinMappings) => T | Promise<T>
): Promise<T> {
  const mappings = await openMappings(home)
  try {
    return await work(mappings)
  } finally {
    mappings.close()
  }
}

/** Warns of the folders of an older installation that are left out. */
export function warnUnmigrated({ unmigrated }: PinMappings, { warn }: Run): void {
  if (unmigrated.length > 0)
    warn(`${unmigrated.join(', ')}: left by an older installation, and not taken over yet; \`ipfs-kit backend migrate-pin-mappings\` does it, or tells why it cannot`) // prettier-ignore
}
