/** Describes processes in a sentence. */
import { printableText } from './printable.js'

/** Most processes that a sentence names. */
const MAX_NAMED = 5

/** Returns such a text as `4711 (sleep), 4712 (cat) and 3 more`. */
export function describeProcesses(
  processes: readonly { readonly pid: number; readonly command: string }[]
): string {
  const named = processes
    .slice(0, MAX_NAMED)
    .map(({ pid, command }) => `${pid} (${printableText(command)})`)
  const more = processes.length - named.length
  return more === 0 ? named.join(', ') : `${named.join(', ')} and ${more} more`
}
