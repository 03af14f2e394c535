/** Checks what a mount needs, and says how to repair what is missing. */
import { existsSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
import { configuredBackends, openConfigured, type ConfiguredBackend } from '../../backends/configured.js' // prettier-ignore
import { formatSize } from '../config/units.js'
import { toKitError } from '../core/errors.js'
import type { Finding } from './finding.js'
import type { Operation } from './operation.js'
import type { Run } from './run.js'

export interface DoctorRequest {
  /** The error of the configuration, as text; undefined where it is valid. */
  readonly configProblem: string | undefined
}

export interface DoctorResult {
  /** Whether a mount has all it needs. */
  readonly ok: boolean
  readonly checks: readonly Finding[]
}

/** Bytes of free space below which a check fails. */
const MIN_FREE = 1 << 30

export const doctor: Operation<DoctorRequest, DoctorResult> = async (services, request, run) => {
  const checks = [
    ...(await services.mountRequirements()),
    space(services.home),
    ...(await backends(services.home, run)),
    config(request.configProblem)
  ]
  return { ok: checks.every(({ ok, needed }) => ok || !needed), checks }
}

/**
 * Checks whether each backend answers. None is needed, since local content is read without
 * backends.
 */
const backends = (home: string, run: Run): Promise<Finding[]> =>
  Promise.all(backendsOf(home).map((one) => backendFinding(one, run)))

async function backendFinding(config: ConfiguredBackend, { signal }: Run): Promise<Finding> {
  const finding = {
    check: `backend ${config.name}`,
    needed: false,
    mend: `see \`ipfs-kit backend test ${config.name}\``
  }
  try {
    const backend = await openConfigured(config)
    try {
      return { ...finding, ok: true, found: (await backend.health({ signal })).version }
    } finally {
      await backend.close()
    }
  } catch (error) {
    return { ...finding, ok: false, found: toKitError(error).message }
  }
}

const backendsOf = (home: string): ConfiguredBackend[] =>
  existsSync(join(home, 'backends')) ? configuredBackends(home) : []

function space(home: string): Finding {
  let folder = home
  while (!existsSync(folder)) folder = join(folder, '..')
  const { bavail, bsize } = statfsSync(folder)
  return {
    check: 'free space',
    ok: bavail * bsize > MIN_FREE,
    needed: false,
    found: `${formatSize(bavail * bsize)} at ${home}`,
    mend: 'free some, or move the home with --home'
  }
}

const config = (problem: string | undefined): Finding => ({
  check: 'configuration',
  ok: problem === undefined,
  needed: true,
  found: problem ?? 'valid',
  mend: 'correct the file, or remove it'
})
