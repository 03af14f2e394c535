/** `system_health`: how mounts, store, backends and copies are. */
import { statfsSync } from 'node:fs'
import * as z from 'zod'
import { copyHealth, count, setupCheck, text } from '../../api/schemas.js'
import { ifPresent } from '../../core/fs-durable.js'
import { backendList } from '../../operations/backend-list.js'
import { doctor } from '../../operations/doctor.js'
import { absentHome, isHomeAbsent } from '../../operations/home-there.js'
import { pinHealth } from '../../operations/pin-health.js'
import { status } from '../../operations/status.js'
import { NOTICE, noticeField } from '../notice.js'
import { FETCHING, tool, type ToolContext } from '../tool.js'

const backend = z.object({
  name: z.string(),
  type: z.string(),
  state: z.enum(['up', 'down', 'unknown']).describe('unknown: nothing was asked of it yet.'),
  errors: count,
  last_error: z.string().nullable()
})

const copies = copyHealth.extend({ backend: text })

const check = setupCheck.extend({
  needed: setupCheck.shape.needed.describe(
    'Whether something that was set up does not work without it.'
  ),
  mend: setupCheck.shape.mend.describe('How the user mends it.')
})

export const systemHealth = tool({
  name: 'system_health',
  title: 'Health of the storage',
  description:
    'Tells how the storage is: engine, mounts, pins and blocks, damage that was found, free disk space, the state of each ' +
    'backend and the copies of pins on them, with what is wrong first in `problems`. With `deep`, asks every backend and ' +
    'checks what mounting needs, which may take some seconds. It mends nothing: propose the commands to the user.',
  input: z.strictObject({
    deep: z.boolean().default(false).describe('Also asks the backends and checks the set-up.')
  }),
  output: z.object({
    notice: noticeField,
    healthy: z.boolean(),
    problems: z.array(z.string()).describe('What is wrong, in sentences.'),
    home: z.string(),
    engine: z.int().nullable().describe('Process of the engine; null where none runs.'),
    mounts: z.array(z.string()).describe('Folders at which this home is mounted.'),
    pins: count,
    blocks: count,
    damaged_blocks: count,
    healed_blocks: count,
    free_bytes: count.nullable().describe('Free on the disk of the home.'),
    backends: z.array(backend),
    copies: z.array(copies),
    checks: z.array(check).describe('With `deep`: what was checked.')
  }),
  annotations: FETCHING,
  call: async ({ deep }, context) => {
    const health = await healthOf(context)
    const checks = deep ? await checksOf(context) : []
    const problems = [...problemsOf(health), ...checks.filter(({ ok }) => !ok).map(({ check: what, found }) => `${what}: ${found}`)] // prettier-ignore
    return {
      structured: { notice: NOTICE, healthy: problems.length === 0, problems, ...health, checks }
    }
  }
})

interface Health {
  readonly home: string
  readonly engine: number | null
  readonly mounts: string[]
  readonly pins: number
  readonly blocks: number
  readonly damaged_blocks: number
  readonly healed_blocks: number
  readonly free_bytes: number | null
  readonly backends: z.input<typeof backend>[]
  readonly copies: z.input<typeof copies>[]
}

async function healthOf({ services, run }: ToolContext): Promise<Health> {
  const { home } = services
  const [state, { backends }, standing] = await Promise.all([
    status(services, { sources: {} }, run),
    backendList(services, {}, run),
    pinHealth(services, {}, run)
  ])
  const space = ifPresent(() => statfsSync(home))
  return {
    home,
    engine: state.engine,
    mounts: state.mounts.filter((one) => one.home === home).map(({ path }) => path),
    pins: state.pins,
    blocks: state.blocks,
    damaged_blocks: state.scrub.damagedBlocks,
    healed_blocks: state.scrub.healedBlocks,
    free_bytes: space === undefined ? null : space.bavail * space.bsize,
    backends: backends.map(({ name, type, report }) => ({
      name,
      type,
      state: report?.state ?? 'unknown',
      errors: report?.errors ?? 0,
      last_error: report?.lastError ?? null
    })),
    copies: standing.backends.map(
      ({ name, stored, pending, failed, failures, unknown, unknownReasons }) => ({
        backend: name,
        stored,
        pending,
        failed,
        failures: [...failures],
        unknown,
        unknown_reasons: [...unknownReasons]
      })
    )
  }
}

const checksOf = async ({ services, settings, run }: ToolContext): Promise<z.input<typeof check>[]> =>
  (await doctor(services, { configProblems: settings.configProblems }, run)).checks.map(({ check: what, ok, needed, found, mend }) => ({ check: what, ok, needed, found, mend })) // prettier-ignore

function problemsOf({ home, damaged_blocks: damaged, backends, copies: all }: Health): string[] {
  const down = backends.filter(({ state }) => state === 'down')
  const failed = all.filter(({ failed: count }) => count > 0)
  const unknown = all.filter(({ unknown: count }) => count > 0)
  const pending = all.filter(({ pending: count }) => count > 0)
  return [
    ...(isHomeAbsent(home) ? [absentHome(home)] : []),
    ...(damaged === 0
      ? []
      : [`${damaged} blocks are damaged and have no other copy: \`ipfs-kit fsck\` names them`]),
    ...down.map(
      ({ name, last_error: error }) =>
        `backend ${name} is down${error === null ? '' : `: ${error}`}`
    ),
    ...failed.map(
      ({ backend: name, failed: count }) =>
        `${count} copies on ${name} failed: \`ipfs-kit pin heal\` stores them again`
    ),
    ...unknown.map(
      ({ backend: name, unknown: count, unknown_reasons: [first] }) =>
        `${count} copies on ${name} could not be looked at last time${first === undefined ? '' : `: ${first.reason}`}`
    ),
    ...pending.map(
      ({ backend: name, pending: count }) => `${count} copies on ${name} are still to be stored`
    )
  ]
}
