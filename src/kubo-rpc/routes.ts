/**
 * Kubo's RPC: what its command line, its libraries and other programs send to a node. Answers are those of
 * Kubo, down to the text of an error, as far as this program does what Kubo does; docs/kubo-rpc.md has
 * the table.
 */
import type { HttpCall, HttpRoute } from '../http/http-call.js'
import type { Services } from '../operations/services.js'
import { addCommands } from './add.js'
import { kuboCall, type KuboCommands } from './call.js'
import { catCommands } from './cat.js'
import { sendKuboError, sendShort } from './kubo-error.js'
import { blockCommands } from './block.js'
import { dagCommands } from './dag.js'
import { filesCommands } from './files.js'
import { getCommands } from './get.js'
import { lsCommands } from './ls.js'
import { nameCommands } from './names.js'
import { pinCommands } from './pin.js'
import { refsCommands } from './refs.js'
import { refusedCommands } from './refused.js'
import { repoCommands } from './repo.js'
import { storageCommands } from './storage.js'
import { nodeCommands } from './node.js'

const PREFIX = '/api/v0/'

const COMMANDS: KuboCommands = {
  ...refusedCommands,
  ...nodeCommands,
  ...addCommands,
  ...catCommands,
  ...blockCommands,
  ...dagCommands,
  ...filesCommands,
  ...getCommands,
  ...lsCommands,
  ...nameCommands,
  ...pinCommands,
  ...refsCommands,
  ...repoCommands,
  ...storageCommands
}

export const kuboRoutes = (services: Services): HttpRoute[] => [
  {
    methods: ['POST'],
    path: PREFIX,
    access: 'session',
    answer: (call) => answer(services, call),
    tell: sendKuboError
  }
]

async function answer(services: Services, http: HttpCall): Promise<void> {
  const name = http.path.slice(PREFIX.length)
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  // By this status, and by nothing else, Kubo's command line knows that there is no such command.
  if (command === undefined) return sendShort(http, 404, 'text/plain', '404 page not found\n')
  await command(kuboCall(http, services))
}
