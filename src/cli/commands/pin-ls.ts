/** `pin ls`: lists the pinned roots. */
import { formatSize } from '../../config/units.js'
import { absentHome, isHomeAbsent } from '../../operations/home-there.js'
import { parsedCids } from '../../operations/parsed-cids.js'
import { pinList } from '../../operations/pin-list.js'
import { pinMappingsList, type PinMappingsListRequest } from '../../operations/pin-mappings-list.js'
import { valueOf, type Context } from '../context.js'
import { listing } from '../table.js'
import { countFrom } from '../values.js'
import { chosenBackends } from './chosen-backends.js'

export async function run(context: Context): Promise<void> {
  const limit = countFrom(context, 'limit')
  if (COPY_OPTIONS.some((name) => context.options[name] !== undefined))
    return await listCopies(context, limit)
  const { pins, ...way } = await pinList(
    context.services,
    { cids: context.args, limit },
    context.run
  )
  if (context.json) context.answer({ pins, ...way })
  else if (context.quiet) for (const { cid } of pins) context.print(cid)
  else if (pins.length === 0 && limit !== 0)
    context.note(
      isHomeAbsent(context.home)
        ? absentHome(context.home)
        : 'nothing is pinned; `ipfs-kit add PATH` and `ipfs-kit pin add CID` pin'
    )
  else
    context.print(
      listing(
        ['CID', 'TYPE', 'CREATED', 'NAME'],
        pins.map(({ cid, name, type, createdAt }) => [cid, type, createdAt, name])
      )
    )
}

/** Options that are about copies on backends. */
const COPY_OPTIONS = ['backend', 'status', 'name', 'tag', 'after'] as const

async function listCopies(context: Context, limit: number | undefined): Promise<void> {
  const { services, run } = context
  const request = {
    ...chosenBackends(context),
    cids: parsedCids(services, context.args),
    status: valueOf(context, 'status') as PinMappingsListRequest['status'],
    name: valueOf(context, 'name'),
    tag: valueOf(context, 'tag'),
    after: valueOf(context, 'after'),
    limit
  }
  const { pins, next } = await pinMappingsList(services, request, run)
  if (context.json) return context.answer({ pins, next, ...SOURCE })
  const hasErrors = pins.some(({ lastError }) => lastError !== null)
  if (context.quiet) for (const { cid } of pins) context.print(cid)
  else
    context.print(
      listing(
        ['CID', 'BACKEND', 'STATUS', 'SIZE', 'NAME', ...(hasErrors ? ['ERROR'] : [])],
        pins.map(({ cid, backend, status, size, name, lastError }) => [
          cid,
          backend,
          status,
          size === null ? '' : formatSize(size),
          name,
          ...(hasErrors ? [lastError ?? ''] : [])
        ]),
        [3]
      )
    )
  if (next !== null && !context.quiet)
    context.note(`there are more: \`ipfs-kit pin ls --backend … --after ${next}\``)
}

/** How copies are listed, as every client says it. */
const SOURCE = { method: 'traditional', source: 'direct_pin_index' } as const
