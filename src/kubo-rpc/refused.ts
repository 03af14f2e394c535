/** Commands of Kubo that have no meaning here. They are known, so that their callers are told why. */
import { KitError } from '../core/errors.js'
import type { KuboCommand, KuboCommands } from './call.js'

const NO_PEERS =
  'this node connects to no peers: it reads from its backends; see `ipfs-kit backend ls`'
const NO_CONFIG = 'the configuration of this node is not changed here; see `ipfs-kit config`'

const REASONS: Readonly<Record<string, readonly string[]>> = {
  [NO_PEERS]: [
    'swarm/peers',
    'swarm/addrs',
    'swarm/addrs/local',
    'swarm/addrs/listen',
    'swarm/connect',
    'swarm/disconnect',
    'swarm/filters',
    'swarm/peering/ls',
    'swarm/peering/add',
    'swarm/peering/rm',
    'swarm/resources',
    'bitswap/stat',
    'bitswap/wantlist',
    'bitswap/ledger',
    'bitswap/reprovide',
    'stats/bw',
    'stats/bitswap',
    'stats/dht',
    'stats/provide',
    'ping',
    'routing/findprovs',
    'routing/findpeer',
    'routing/provide',
    'provide/stat',
    'provide/clear',
    'pubsub/ls',
    'pubsub/peers',
    'pubsub/pub',
    'pubsub/sub',
    'p2p/ls',
    'p2p/listen',
    'p2p/forward',
    'p2p/close',
    'p2p/stream/ls'
  ],
  [NO_CONFIG]: [
    'config',
    'config/show',
    'config/replace',
    'config/edit',
    'config/profile/apply',
    'bootstrap',
    'bootstrap/list',
    'bootstrap/add',
    'bootstrap/rm',
    'bootstrap/rm/all',
    'bootstrap/add/default',
    'log/level',
    'log/ls',
    'log/tail'
  ],
  'there is no filestore here: files are always copied': [
    'filestore/ls',
    'filestore/verify',
    'filestore/dups',
    'urlstore/add'
  ],
  'mounts are made by `ipfs-kit mount`': ['mount'],
  'an engine is ended by `ipfs-kit daemon stop`': ['shutdown'],
  'keys other than that of this node are not kept here': [
    'key/gen',
    'key/import',
    'key/export',
    'key/rename',
    'key/rm',
    'key/rotate',
    'key/sign',
    'key/verify'
  ],
  'objects are read by `ipfs dag` and `ipfs block`': [
    'object/get',
    'object/put',
    'object/stat',
    'object/links',
    'object/data',
    'object/new',
    'object/diff',
    'object/patch/add-link',
    'object/patch/rm-link',
    'object/patch/append-data',
    'object/patch/set-data'
  ],
  'pinning services are backends here; see `ipfs-kit pin store`': [
    'pin/remote/add',
    'pin/remote/ls',
    'pin/remote/rm',
    'pin/remote/service/add',
    'pin/remote/service/ls',
    'pin/remote/service/rm'
  ],
  'what this machine is like is told by `ipfs-kit doctor`': [
    'diag/sys',
    'diag/cmds',
    'diag/profile',
    'diag/cmds/clear',
    'diag/cmds/set-time'
  ],
  'the store is checked by `ipfs-kit fsck`': ['repo/verify', 'repo/migrate', 'repo/ls', 'repo/fsck']
}

const refusal =
  (reason: string): KuboCommand =>
  async () => {
    await Promise.reject(new KitError('UNSUPPORTED', reason))
  }

export const refusedCommands: KuboCommands = Object.fromEntries(
  Object.entries(REASONS).flatMap(([reason, names]) => names.map((name) => [name, refusal(reason)]))
)
