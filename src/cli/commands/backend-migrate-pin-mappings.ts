/** `backend migrate-pin-mappings`: takes over what an older installation left. */
import { KitError } from '../../core/errors.js'
import { migrateMappings, type MigratedBackend, type MigrationMode } from '../../operations/migrate-mappings.js' // prettier-ignore
import type { MigratedWrites } from '../../operations/migrate-writes.js'
import { flagOf, valueOf, type Context } from '../context.js'
import { counted } from '../counted.js'
import { table } from '../table.js'

/** @returns the error of a backend that could not be migrated, or is not as it should be. */
export async function run(context: Context): Promise<KitError | undefined> {
  const request = {
    mode: modeOf(context),
    filter: valueOf(context, 'backend-filter'),
    forceCar: flagOf(context, 'force-car-regeneration')
  }
  const { backends, writes, leftovers } = await migrateMappings(
    context.services,
    request,
    context.run
  )
  const failed = backends.filter(({ outcome }) => outcome === 'failed')
  if (context.json)
    context.answer({
      mode: request.mode,
      total: backends.length,
      successful: backends.length - failed.length,
      failed: failed.length,
      items: backends.map(({ error, ...rest }) => ({
        ...rest,
        error: error?.message ?? null
      })),
      writes: writes === null ? null : { ...writes, error: writes.error?.message ?? null },
      leftovers
    })
  else {
    print(context, backends, leftovers)
    if (writes !== null) printWrites(context, writes)
    const isIdle = backends.every(({ outcome }) => outcome === 'nothing')
    if (isIdle && (writes ?? { outcome: 'nothing' }).outcome === 'nothing') context.note('there is nothing to migrate') // prettier-ignore
  }
  const [first] = failed
  if (first === undefined) return writes?.error ?? undefined
  return new KitError(
    first.error!.code,
    failed.length === 1 ? first.error!.message : `${counted(failed.length, 'backend')} failed; the first is ${first.name}: ${first.error!.message}` // prettier-ignore
  )
}

function modeOf(context: Context): MigrationMode {
  const flags = { 'dry-run': 'dry-run', 'verify-only': 'verify', 'restore-from-backup': 'restore' } as const // prettier-ignore
  const given = Object.entries(flags).filter(([flag]) => flagOf(context, flag))
  if (given.length > 1)
    throw new KitError('USAGE', `--${given[0]![0]} and --${given[1]![0]} do not go together`)
  return given[0]?.[1] ?? 'migrate'
}

function print(
  context: Context,
  backends: readonly MigratedBackend[],
  leftovers: readonly string[]
): void {
  const isVerbose = flagOf(context, 'verbose')
  const shown = backends.filter(({ outcome }) => isVerbose || outcome !== 'nothing')
  for (const line of table(
    shown.map(({ outcome, name, rows, invalid }) => [
      SAID[outcome],
      name,
      counted(rows, 'mapping'),
      invalid === 0 ? '' : `${counted(invalid, 'CID')} that is none, kept and marked`
    ])
  ))
    context.print(line.trimEnd())
  for (const { name, reasons, warnings } of backends) {
    if (isVerbose) for (const reason of reasons) context.note(`${name}: ${reason}`)
    for (const warning of warnings) context.note(`${name}: ${warning}`)
  }
  for (const line of leftovers) context.note(`left as it is: ${line}`)
}

function printWrites(
  context: Context,
  { outcome, writes, operations, pins, reasons, warnings }: MigratedWrites
): void {
  if (outcome !== 'nothing' || flagOf(context, 'verbose'))
    context.print(`${SAID[outcome]} what is beside the backends: ${counted(writes.length, 'pending write')}, ${counted(operations.length, 'operation')}, ${counted(pins.length, 'pin')} of indexes`) // prettier-ignore
  for (const { from, cid } of writes)
    if (cid !== null && cid !== from) context.print(`${from} is ${cid} here`)
  if (flagOf(context, 'verbose')) for (const reason of reasons) context.note(reason)
  for (const warning of warnings) context.note(warning)
}

const SAID = {
  migrated: 'migrated',
  legacy: 'would migrate',
  current: 'up to date',
  restored: 'restored',
  nothing: 'nothing to do',
  failed: 'FAILED'
} as const
