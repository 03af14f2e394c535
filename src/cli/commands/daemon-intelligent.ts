/** `daemon intelligent`: how the copies of pins stand, what to know of them, and their repair. */
import { formatSize } from '../../config/units.js'
import { KitError } from '../../core/errors.js'
import { lackingOn, pinHealth, type BackendPins } from '../../operations/pin-health.js'
import { pinInsights, type PinSample } from '../../operations/pin-insights.js'
import { failureOf } from '../../operations/pin-store.js'
import { pinSync } from '../../operations/pin-sync.js'
import { flagOf, valueOf, type Context } from '../context.js'
import { counted } from '../counted.js'
import { listing, table } from '../table.js'
import { copiesAnswer, printCopies } from './pin-copies.js'

/** @returns an error where copies are not stored. */
export function run(context: Context): Promise<KitError | undefined> {
  switch (context.args[0]) {
    case 'health':
      return health(context, false)
    case 'status':
      return health(context, flagOf(context, 'detailed'))
    case 'insights':
      return insights(context)
    case 'sync':
      return sync(context)
    default:
      throw new KitError('USAGE', `"${context.args[0]}" is none of health, insights, status, sync`)
  }
}

async function health(context: Context, detailed: boolean): Promise<KitError | undefined> {
  const result = await pinHealth(context.services, {}, context.run)
  if (context.json) context.answer(result)
  else {
    const head = [
      'BACKEND',
      'STORED',
      'PENDING',
      'FAILED',
      'UNKNOWN',
      'SIZE',
      ...(detailed ? ['TRUST', 'VERIFIED'] : [])
    ]
    const rows = result.backends.map(
      ({ name, trust, stored, pending, failed, unknown, bytes, oldestVerification }) => [
        name,
        String(stored),
        String(pending),
        String(failed),
        String(unknown),
        formatSize(bytes),
        ...(detailed ? [trust, oldestVerification ?? 'not all'] : [])
      ]
    )
    context.print(listing(head, rows, [1, 2, 3, 4, 5]))
    for (const { name, moving } of result.backends)
      if (moving > 0)
        context.print(
          `${counted(moving, 'pin')} did not move to ${name} yet, and stayed where ${moving === 1 ? 'it was' : 'they were'}`
        )
    for (const { name, unknownReasons } of result.backends)
      for (const { reason, count } of unknownReasons)
        context.print(`${name}: ${counted(count, 'copy', 'copies')} could not be looked at last time: ${reason}`) // prettier-ignore
    if (detailed)
      for (const { name, failures } of result.backends)
        for (const { reason, count } of failures) context.print(`${name}: ${count} × ${reason}`)
  }
  return unhealthy(result.backends)
}

function unhealthy(backends: readonly BackendPins[]): KitError | undefined {
  const wrong = backends.filter((backend) => lackingOn(backend) > 0)
  const unknown = backends.filter((backend) => backend.unknown > 0).map(({ name }) => name)
  if (wrong.length === 0 && unknown.length > 0)
    return new KitError(
      'BACKEND_UNAVAILABLE',
      `copies on ${unknown.join(', ')} could not be looked at last time; \`ipfs-kit pin verify --backend ${unknown.join(',')}\` looks again`
    )
  if (wrong.length === 0) return undefined
  return new KitError(
    'BACKEND_UNAVAILABLE',
    `copies on ${wrong.map(({ name }) => name).join(', ')} are not stored; \`ipfs-kit daemon intelligent sync\` tries again`
  )
}

async function insights(context: Context): Promise<undefined> {
  const result = await pinInsights(context.services, {}, context.run)
  if (context.json) {
    context.answer(result)
    return undefined
  }
  const { nowhere, unknown, underReplicated, overReplicated, lostWith, toMove, failedForGood } =
    result
  if (nowhere.count > 0)
    context.print(`${sentence(nowhere, 'pin', 'no copy that is stored, here or on a backend')}; \`ipfs-kit pin heal\` looks for them`) // prettier-ignore
  if (unknown.count > 0)
    context.print(`${sentence(unknown, 'pin', 'copies that could not be looked at last time')}; they count for nothing below until \`ipfs-kit pin verify\` finds them`) // prettier-ignore
  context.print(sentence(underReplicated, 'pin', 'fewer copies than the policy asks for'))
  context.print(sentence(overReplicated, 'pin', 'more copies than the policy asks for'))
  if (lostWith.length + nowhere.count + unknown.count === 0)
    context.print('every pin would survive the loss of any one backend')
  for (const { backend, ...sample } of lostWith)
    context.print(
      `the loss of ${backend} would be the loss of ${counted(sample.count, 'pin')}${named(sample)}`
    )
  for (const [why, sample] of Object.entries(toMove))
    if (sample.count > 0)
      context.print(`${counted(sample.count, 'pin')} would move (${MOVES[why as keyof typeof MOVES]})${named(sample)}`) // prettier-ignore
  for (const { backend, reason, count } of failedForGood)
    context.print(`${backend}: ${count} × failed for good: ${reason}`)
  if (failedForGood.length > 0) context.print('`ipfs-kit wal retry --failed` tries them again')
  for (const line of table(
    result.growth.map(({ day, copies, bytes }) => [
      day,
      counted(copies, 'copy', 'copies'),
      formatSize(bytes)
    ]),
    [1, 2]
  ))
    context.print(line)
  return undefined
}

/** Why pins would move, in words. */
const MOVES = {
  cold: 'nobody reads them: to where they cost less',
  hot: 'they are read: to where they are nearer',
  policy: 'to where the policy would choose now'
} as const

const sentence = (sample: PinSample, noun: string, what: string): string =>
  `${sample.count === 0 ? 'no pin has' : `${counted(sample.count, noun)} ${sample.count === 1 ? 'has' : 'have'}`} ${what}${named(sample)}`

const named = ({ count, cids }: PinSample): string =>
  count === 0 ? '' : `: ${cids.slice(0, 3).join(', ')}${count > 3 ? ', …' : ''}`

async function sync(context: Context): Promise<KitError | undefined> {
  const request = { backend: valueOf(context, 'backend') }
  const { copies, untouched, mappingFiles } = await pinSync(context.services, request, context.run)
  if (context.json) context.answer({ copies: copiesAnswer(copies), untouched, mappingFiles })
  else {
    printCopies(context, copies)
    if (untouched.length > 0)
      context.print(`asked nothing, as all is stored there: ${untouched.join(', ')}`)
    if (mappingFiles.length > 0)
      context.print(`${counted(mappingFiles.length, 'file')} of mappings copied`)
  }
  return failureOf(copies)
}
