/** Groups of entries that a process writes, and what must be found of them afterwards. */
import { textOf } from '../../src/core/bytes.js'
import { readLog } from '../../src/wal/read-log.js'

/** Returns the entries of a group; their number and length depend on the group alone. */
export function groupOf(run: string, number: number): string[] {
  const size = 1 + (number % 4)
  const fill = 'x'.repeat((number * 7919) % 1500)
  return Array.from({ length: size }, (_, i) => `${run} ${number} ${i} ${fill}`)
}

/**
 * Returns what is wrong with a log: groups that were acknowledged and are not there, half of a group, twice
 * the same, other bytes, numbers that skip.
 * @param said lines of writers.
 */
export function faultsOf(folder: string, said: readonly string[]): string[] {
  const faults: string[] = []
  const found = new Map<string, string[]>()
  let next = 1
  for (const { lsn, payload } of readLog(folder, 1)) {
    if (lsn !== next++) faults.push(`entry ${lsn} comes after ${next - 2}`)
    const text = textOf(payload) ?? ''
    const [run, number] = text.split(' ')
    const key = `${run} ${number}`
    found.set(key, [...(found.get(key) ?? []), text])
  }
  for (const [key, texts] of found) {
    const [run = '', number = ''] = key.split(' ')
    if (texts.join() !== groupOf(run, Number(number)).join()) faults.push(`group ${key} is half`)
  }
  for (const line of said) {
    const [, key] = /^entry (\S+ \d+) /.exec(line) ?? []
    if (key !== undefined && !found.has(key)) faults.push(`group ${key} is lost`)
  }
  return faults
}
