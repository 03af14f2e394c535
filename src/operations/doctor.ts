/** Checks what a mount needs and whether what is there is sound, and says how to mend it. */
import { existsSync, statfsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { backendNames, openConfigured, readConfigured, type ConfiguredBackend } from '../../backends/configured.js' // prettier-ignore
import { formatSize } from '../config/units.js'
import { systemCode, toKitError } from '../core/errors.js'
import { PairFiles } from '../pins/pair-files.js'
import { copyFindings } from './copy-findings.js'
import type { Finding } from './finding.js'
import { homeFindings } from './home-findings.js'
import { mountFindings } from './mount-findings.js'
import type { Operation } from './operation.js'
import type { Run } from './run.js'

export interface DoctorRequest {
  /** What is wrong with the configuration, in sentences. */
  readonly configProblems: readonly string[]
}

export interface DoctorResult {
  /** Whether all that was set up works, and a mount has all it needs. */
  readonly ok: boolean
  readonly checks: readonly Finding[]
}

/** Bytes of free space below which a check fails. */
const MIN_FREE = 1 << 30

export const doctor: Operation<DoctorRequest, DoctorResult> = async (services, request, run) => {
  const { home } = services
  const { findings, isUsable } = homeFindings(home)
  const checks = [
    ...(await services.mountRequirements()),
    ...findings,
    ...(await mountFindings(services)),
    ...space(home),
    // What is wrong with the home would be said again of each file in it.
    ...(isUsable ? await backends(home, run) : []),
    ...(isUsable ? await copyFindings(home) : []),
    ...(isUsable ? [config(request.configProblems)] : [])
  ]
  return { ok: checks.every(({ ok, needed }) => ok || !needed), checks }
}

/**
 * Checks whether each backend answers. None is needed, since local content is read without
 * backends; but what is configured must be readable.
 */
async function backends(home: string, run: Run): Promise<Finding[]> {
  const names = namesOrFault(home)
  if (typeof names === 'string')
    return [{ check: 'backends', ok: false, needed: true, found: names, mend: 'make the folder readable' }] // prettier-ignore
  return await Promise.all(
    names.map(async (name) => {
      try {
        const found = readConfigured(home, name)
        if (found !== undefined) return await backendFinding(home, found, run)
        return isOld(join(home, 'backends', name))
          ? oldBackend(name)
          : brokenBackend(name, 'its backend.json is gone')
      } catch (error) {
        return brokenBackend(name, toKitError(error).message)
      }
    })
  )
}

function namesOrFault(home: string): readonly string[] | string {
  try {
    return backendNames(home)
  } catch (error) {
    return toKitError(error).message
  }
}

/** Whether a folder has mappings that this program never wrote, for then there were a table. */
function isOld(folder: string): boolean {
  const { parquet, car, table } = new PairFiles(folder)
  return !existsSync(table) && (existsSync(parquet) || existsSync(car))
}

const oldBackend = (name: string): Finding => ({
  check: `backend ${name}`,
  ok: false,
  needed: false,
  found: 'it was left by an older installation, and is not taken over yet',
  mend: '`ipfs-kit backend migrate-pin-mappings` does it, or tells why it cannot'
})

const brokenBackend = (name: string, found: string): Finding => ({
  check: `backend ${name}`,
  ok: false,
  needed: true,
  found,
  mend: `remove it with \`ipfs-kit backend rm ${name}\` and add it again`
})

async function backendFinding(
  home: string,
  config: ConfiguredBackend,
  { signal }: Run
): Promise<Finding> {
  const finding = {
    check: `backend ${config.name}`,
    needed: false,
    mend: `see \`ipfs-kit backend test ${config.name}\``
  }
  try {
    const backend = await openConfigured(home, config)
    try {
      return { ...finding, ok: true, found: (await backend.health({ signal })).version }
    } finally {
      await backend.close()
    }
  } catch (error) {
    return { ...finding, ok: false, found: toKitError(error).message }
  }
}

/** Warns of little room. A home that cannot be looked at is a finding of its own. */
function space(home: string): Finding[] {
  let folder = home
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder)
  try {
    const { bavail, bsize, files, ffree } = statfsSync(folder)
    const isOut = files > 0 && ffree === 0
    return [
      {
        check: 'free space',
        ok: bavail * bsize > MIN_FREE && !isOut,
        needed: false,
        found: `${formatSize(bavail * bsize)}${isOut ? ', and no inode,' : ''} at ${home}`,
        mend: 'free some with `ipfs-kit cache clear`, or `ipfs-kit pin rm` and `ipfs-kit gc`; or move the home with --home'
      }
    ]
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    return []
  }
}

const config = (problems: readonly string[]): Finding => ({
  check: 'configuration',
  ok: problems.length === 0,
  needed: true,
  found: problems.length === 0 ? 'valid' : problems.join('; '),
  mend: 'correct the file (`ipfs-kit config check` checks it), or remove it'
})
