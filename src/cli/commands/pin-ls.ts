/** `pin ls`: lists the pinned roots. */
import { absentHome, isHomeAbsent } from '../../operations/home-there.js'
import { pinList } from '../../operations/pin-list.js'
import type { Context } from '../context.js'
import { table } from '../table.js'
import { countFrom } from '../values.js'

export async function run(context: Context): Promise<void> {
  const limit = countFrom(context, 'limit')
  const { pins } = await pinList(context.services, { cids: context.args, limit }, context.run)
  if (context.json) context.answer({ pins })
  else if (context.quiet) for (const { cid } of pins) context.print(cid)
  else if (pins.length === 0 && limit !== 0)
    context.note(
      isHomeAbsent(context.home)
        ? absentHome(context.home)
        : 'nothing is pinned; `ipfs-kit add PATH` and `ipfs-kit pin add CID` pin'
    )
  else
    for (const line of table(
      pins.map(({ cid, name, type, createdAt }) => [cid, type, createdAt, name])
    ))
      context.print(line.trimEnd())
}
