/** Checks the copies of pins on backends by their mappings, and looks for what an older installation left. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { ifPresent } from '../core/fs-durable.js'
import { toKitError } from '../core/errors.js'
import type { Finding } from './finding.js'
import { withMappings } from './mappings-view.js'

/** Returns what is to be said of copies; nothing where there are none, and nothing was left. */
export async function copyFindings(home: string): Promise<Finding[]> {
  try {
    return await lookedAt(home)
  } catch (error) {
    // What is wrong with the folder of backends is told of those.
    return [finding(false, toKitError(error).message, 'mend what is said of the backends first')]
  }
}

async function lookedAt(home: string): Promise<Finding[]> {
  const old = leftBehind(home)
  const migration: Finding[] =
    old === undefined
      ? []
      : [finding(false, `${old} was left by an older installation`, '`ipfs-kit backend migrate-pin-mappings --dry-run` tells what can be taken over')] // prettier-ignore
  return [...migration, ...(await standing(home))]
}

const finding = (ok: boolean, found: string, mend: string): Finding => ({
  check: 'copies of pins',
  ok,
  needed: false,
  found,
  mend
})

async function standing(home: string): Promise<Finding[]> {
  const counts = { stored: 0, pending: 0, failed: 0 }
  await withMappings(home, (mappings) => {
    for (const { status } of mappings.all()) counts[status]++
  })
  const { stored, pending, failed } = counts
  if (stored + pending + failed === 0) return []
  if (pending + failed === 0) return [finding(true, `${stored} are stored`, '')]
  return [
    finding(
      false,
      `${failed} failed and ${pending} are pending, ${stored} are stored`,
      '`ipfs-kit pin heal` stores them again; `ipfs-kit daemon intelligent status --detailed` tells what failed'
    )
  ]
}

/** Returns a path that only an older installation makes. */
function leftBehind(home: string): string | undefined {
  const configs = join(home, 'backend_configs')
  const names = ifPresent(() => readdirSync(configs)) ?? []
  if (names.some((name) => /\.ya?ml$/.test(name))) return configs
  for (const name of ifPresent(() => readdirSync(join(home, 'backends'))) ?? []) {
    const pins = join(home, 'backends', name, 'pins.json')
    if (existsSync(pins)) return pins
  }
  return undefined
}
