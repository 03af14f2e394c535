/** Commands about the command line itself. */
import { any, none, one, type Command } from '../command.js'
import { JSON_OPTION as json } from '../command-spec.js'
import { SHELLS } from '../completion-scripts.js'

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
    completes: Object.keys(SHELLS),
    options: {},
    examples: ['source <(ipfs-kit completion bash)'],
    anyConfig: true,
    storeless: true,
    load: () => import('../commands/completion.js')
  },
  {
    name: 'complete',
    summary:
      'print what may follow the words of a command line; the scripts of `completion` ask it',
    usage: '-- WORD…',
    args: any,
    options: { describe: { type: 'boolean', help: 'with what each candidate means, behind a #' } },
    examples: ['ipfs-kit complete -- backend add disk --type ""'],
    anyConfig: true,
    anyHome: true,
    load: () => import('../commands/complete.js')
  },
  {
    name: 'help',
    summary: 'help on a command',
    usage: '[COMMAND]',
    args: { min: 0, max: 2 },
    completes: 'command',
    options: {},
    examples: ['ipfs-kit help add'],
    anyConfig: true,
    storeless: true,
    load: () => import('../commands/help.js')
  }
]
