/** `metadata sync`: takes over what another node published. */
import { KitError } from '../../core/errors.js'
import { metadataSync } from '../../operations/metadata-sync.js'
import { valueOf, type Context } from '../context.js'

export async function run(context: Context): Promise<void> {
  const peer = valueOf(context, 'peer')
  if (peer === undefined)
    throw new KitError('USAGE', 'name a node: --peer http://HOST:PORT, unix:/path/to/run/socket, a CID, or /ipns/…') // prettier-ignore
  const request = { peer, tokenFile: valueOf(context, 'token-file'), cids: context.args }
  const result = await metadataSync(context.services, request, context.run)
  if (context.json) return context.answer(result)
  const { merged, records, node, role } = result
  context.print(`${merged} of ${records} records taken over from ${role} ${node}`)
}
