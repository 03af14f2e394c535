/** Commands about the command line itself. */
import { one, type Command } from '../command.js'

export const HELP: readonly Command[] = [
  {
    name: 'completion',
    summary: 'print tab completion for a shell',
    usage: 'bash|zsh|fish',
    args: one,
    options: {},
    examples: ['source <(ipfs-kit completion bash)'],
    anyConfig: true,
    storeless: true,
    load: () => import('../commands/completion.js')
  },
  {
    name: 'help',
    summary: 'help on a command',
    usage: '[COMMAND]',
    args: { min: 0, max: 2 },
    options: {},
    examples: ['ipfs-kit help add'],
    anyConfig: true,
    storeless: true,
    load: () => import('../commands/help.js')
  }
]
