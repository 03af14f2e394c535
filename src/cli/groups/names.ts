/** Commands about IPNS names. */
import { one, type Command } from '../command.js'
import { JSON_OPTION as json, QUIET_OPTION as quiet } from '../command-spec.js'

export const NAMES: readonly Command[] = [
  {
    name: 'name put',
    summary:
      'keep the signed record of an IPNS name, so that it leads somewhere without asking anybody',
    usage: 'FILE',
    args: one,
    options: {
      name: {
        type: 'string',
        value: 'NAME',
        help: "whose record it is (default: the name that the file's name begins with)"
      },
      quiet,
      json
    },
    examples: ['ipfs-kit name put k51….ipns-record', 'ipfs-kit name put record --name 12D3Koo…'],
    load: () => import('../commands/name-put.js')
  }
]
