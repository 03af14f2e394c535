/** `pin add`: pins a root here, and on backends. */
import { KitError } from '../../core/errors.js'
import { pinAdd } from '../../operations/pin-add.js'
import { checkBackends } from '../../operations/configured-backend.js'
import { failureOf, pinStore } from '../../operations/pin-store.js'
import { asksForCopies } from '../../operations/unplaced-pins.js'
import { flagOf, valueOf, type Context } from '../context.js'
import { countFrom, namesFrom } from '../values.js'
import { copiesAnswer, printCopies } from './pin-copies.js'

/** @returns the error of a copy that failed. */
export async function run(context: Context): Promise<KitError | undefined> {
  const { services, run, args, options } = context
  const name = valueOf(context, 'name')
  const tags = options['tag'] as readonly string[] | undefined
  const backends = namesFrom(context, 'backend')
  const replicas = countFrom(context, 'replicas')
  const direct = flagOf(context, 'direct')
  checkTogether({ backend: backends !== undefined, replicas: replicas !== undefined, direct })
  checkBackends(services, backends ?? [])
  const { pins } = await pinAdd(services, { paths: args, direct, name }, run)
  if (!context.json)
    for (const { cid, type } of pins) context.print(context.quiet ? cid : `pinned ${cid} (${type})`)
  const isPlaced = asksForCopies(services.pinPolicy)
  if (direct || (backends === undefined && replicas === undefined && !isPlaced)) {
    if (context.json) context.answer({ pins })
    return undefined
  }
  const cids = pins.map(({ cid }) => cid)
  const { copies } = await pinStore(services, { cids, backends, replicas, name, tags }, run)
  if (context.json) context.answer({ pins, copies: copiesAnswer(copies) })
  else if (!context.quiet) printCopies(context, copies)
  return failureOf(copies)
}

/** Copies are of whole DAGs, on backends that either the caller or the policy chooses. @throws USAGE. */
function checkTogether(given: Readonly<Record<'backend' | 'replicas' | 'direct', boolean>>): void {
  const [one, other] = Object.entries(given).flatMap(([name, isGiven]) => (isGiven ? name : []))
  if (other === undefined) return
  throw new KitError(
    'USAGE',
    `--${one} and --${other} do not go together; see \`ipfs-kit help pin add\``
  )
}
