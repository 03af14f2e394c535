/** `pin whereis`: tells where a pin is kept. */
import { formatSize } from '../../config/units.js'
import { pinWhereis } from '../../operations/pin-whereis.js'
import type { Context } from '../context.js'
import { listing } from '../table.js'

export async function run(context: Context): Promise<void> {
  const result = await pinWhereis(context.services, { cid: context.args[0]! }, context.run)
  if (context.json) return context.answer(result)
  const { cid, name, local, copies, wouldBeLostWith } = result
  context.print(name === '' ? cid : `${cid} (${name})`)
  const here = local.pinned ? 'pinned' : local.here ? 'there, not pinned' : 'not there'
  const rows = copies.map(({ backend, status, trust, size, path, verifiedAt, lastError }) => [
    backend,
    status,
    size === null ? '' : formatSize(size),
    path,
    `${lastError ?? verifiedText(verifiedAt)}${NOTE[trust]}`
  ])
  const place = ['this home', here, '', '', '']
  context.print(listing(['BACKEND', 'STATUS', 'SIZE', 'PATH', 'NOTE'], [place, ...rows], [2]))
  for (const backend of wouldBeLostWith)
    context.note(`its only copy is on ${backend}; \`ipfs-kit pin add ${cid} --replicas 2\` makes another`) // prettier-ignore
}

const verifiedText = (at: string | null): string =>
  at === null ? 'never verified' : `verified ${at}`

/** What is said of a copy that does not count as others do. */
const NOTE = { trusted: '; trusted', semitrusted: '', untrusted: '; untrusted, so it does not count' } as const // prettier-ignore
