/** Names: paths that lead to content, and the key of this node. */
import { KitError } from '../core/errors.js'
import { dagResolve } from '../operations/dag-resolve.js'
import { nameGet } from '../operations/name-get.js'
import { namePublish } from '../operations/name-publish.js'
import { MAX_RECORD, namePut } from '../operations/name-put.js'
import { nodeKey } from '../operations/node-key.js'
import { sendValue } from './answers.js'
import { argument, type KuboCall, type KuboCommands } from './call.js'
import { goDuration } from './go-duration.js'
import { kuboVersion } from './node.js'
import { contentPath } from './paths.js'
import { onlyUpload } from './uploads.js'

/** The kind of an event of routing that carries a value. */
const VALUE = 5

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
  'name/publish': async (call) => {
    const { http, services, run } = call
    const key = call.text('key') ?? 'self'
    const own = nodeKey(services.home)
    if (key !== 'self' && key !== own.name && key !== own.peerId)
      throw new KitError('INVALID_ARGUMENT', `no key by the given name was found: there is "self" alone`) // prettier-ignore
    const value = contentPath(argument(call, 0, 'ipfs-path'))
    if (call.flag('resolve', true)) await resolved(call, value)
    const [lifetime, ttl] = [call.text('lifetime'), call.text('ttl')]
    const published = await namePublish(
      services,
      {
        value,
        lifetimeMs: lifetime === undefined ? undefined : goDuration(lifetime),
        ttlMs: ttl === undefined ? undefined : goDuration(ttl)
      },
      run
    )
    sendValue(http, { Name: published.name, Value: published.value })
  },
  'routing/put': async (call) => {
    const { http, services, run } = call
    const name = argument(call, 0, 'key')
    const record = await onlyUpload(http, 'value-file', MAX_RECORD)
    await namePut(services, { name, record }, run)
    sendValue(http, { Extra: '', ID: nodeKey(services.home).peerId, Responses: null, Type: VALUE })
  },
  'routing/get': async (call) => {
    const { record } = await nameGet(call.services, { name: argument(call, 0, 'key') }, call.run)
    const extra = Buffer.from(record).toString('base64')
    sendValue(call.http, { Extra: extra, ID: '', Responses: null, Type: VALUE })
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
