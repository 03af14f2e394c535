/** Commands about the command line itself. */
import { none, one, type Command } from '../command.js'
import { JSON_OPTION as json } from '../command-spec.js'

export const HELP: readonly Command[] = [
  {
    name: 'version',
    summary: 'show the version of this program and of what it runs on',
    usage: '',
    args: none,
    options: { json },
    examples: ['ipfs-kit version', 'ipfs-kit version --json'],
    anyConfig: true,
    storeless: true,
    load: () => import('../commands/version.js')
  },
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
