/** Names: paths that lead to content, and the key of this node. */
import { KitError } from '../core/errors.js'
import { dagResolve } from '../operations/dag-resolve.js'
import { nodeKey } from '../operations/node-key.js'
import { sendValue } from './answers.js'
import { argument, type KuboCall, type KuboCommands } from './call.js'
import { kuboVersion } from './node.js'
import { contentPath } from './paths.js'

export const nameCommands: KuboCommands = {
  resolve: async (call) => {
    const path = contentPath(argument(call, 0, 'name'))
    sendValue(call.http, { Path: await resolved(call, path) })
  },
  'name/resolve': async (call) => {
    const name = call.args[0] ?? nodeKey(call.services.home).name
    const path = name.startsWith('/') ? name : `/ipns/${name}`
    if (!path.startsWith('/ipns/'))
      throw new KitError('INVALID_ARGUMENT', `${name} is no name below /ipns/`)
    sendValue(call.http, { Path: await resolved(call, path) })
  },
  'key/list': async ({ http, services }) => {
    sendValue(http, { Keys: [{ Name: 'self', Id: nodeKey(services.home).name }] })
  },
  id: async ({ http, services }) => {
    const { peerId, publicKey } = nodeKey(services.home)
    sendValue(http, {
      ID: peerId,
      PublicKey: Buffer.from(publicKey).toString('base64'),
      Addresses: null,
      AgentVersion: `kubo/${kuboVersion()}`,
      Protocols: null
    })
  }
}

async function resolved({ services, run }: KuboCall, path: string): Promise<string> {
  const { cid, rest } = await dagResolve(services, { path }, run)
  return ['/ipfs', cid, ...(rest === '' ? [] : [rest])].join('/')
}
