/** `add`: adds files and folders as DAGs and pins them. */
import { add, type EntryAdded } from '../../operations/add.js'
import { flagOf, valueOf, type Context } from '../context.js'
import { counted } from '../counted.js'

/** Lines per write, since a million entries would cost a million writes. */
const LINES_PER_WRITE = 1000

export async function run(context: Context): Promise<void> {
  const entries: EntryAdded[] = []
  const lines: string[] = []
  const quieter = flagOf(context, 'quieter')
  const result = await add(
    context.services,
    {
      sources: context.args.map((path) => (path === '-' ? stdin(context) : path)),
      profile: valueOf(context, 'profile') ?? context.config['add.profile'],
      chunker: valueOf(context, 'chunker'),
      onlyHash: flagOf(context, 'only-hash'),
      pin: !flagOf(context, 'no-pin'),
      wrap: flagOf(context, 'wrap'),
      hidden: flagOf(context, 'hidden'),
      preserveMode: flagOf(context, 'preserve-mode'),
      preserveMtime: flagOf(context, 'preserve-mtime'),
      // Entries are printed at the end, so that nothing printed can be lost.
      onEntry: (entry) => {
        if (context.json) entries.push(entry)
        else if (!quieter) lines.push(context.quiet ? entry.cid : lineOf(entry))
      }
    },
    context.run
  )
  const { roots, skippedHidden, profile } = result
  if (skippedHidden > 0 && !context.quiet)
    context.note(
      `${counted(skippedHidden, 'hidden entry', 'hidden entries')} skipped; take them with --hidden`
    )
  if (context.json) context.answer({ roots, entries, skippedHidden, profile })
  else if (quieter) context.print(roots.at(-1)!.cid)
  else
    for (let i = 0; i < lines.length; i += LINES_PER_WRITE)
      context.print(lines.slice(i, i + LINES_PER_WRITE))
}

const stdin = (context: Context) => ({
  name: valueOf(context, 'stdin-name') ?? 'stdin',
  stream: process.stdin
})

const lineOf = ({ cid, name }: EntryAdded): string =>
  name === '' ? `added ${cid}` : `added ${cid} ${name}`
