/** Commands for assistants. */
import { none, type Command } from '../command.js'
import { OFFLINE_OPTION as offline } from '../command-spec.js'

export const ASSISTANTS: readonly Command[] = [
  {
    name: 'mcp',
    summary: 'serve an assistant over stdin and stdout by the Model Context Protocol',
    usage: '',
    args: none,
    options: {
      'read-only': { type: 'boolean', help: 'offer nothing that changes anything' },
      root: { type: 'string', value: 'DIR', help: 'a folder that the assistant may add files from, several times (default: none)', multiple: true }, // prettier-ignore
      offline
    },
    examples: ['ipfs-kit mcp --read-only', 'ipfs-kit mcp --root ~/reports'],
    load: () => import('../commands/mcp.js')
  }
]
