/** `add`: files and folders → DAGs, pinned. */
import { lstatSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { Adder, type AddedEntry, typeName } from '../../content/adder.js'
import { isShowable } from '../../content/dir-table.js'
import { NodeWriter, type Added } from '../../content/node-writer.js'
import { HashOnlySink } from '../../content/hash-only-sink.js'
import { profileNamed, withChunker, type Profile } from '../../content/profile.js'
import { copyOf, utf8 } from '../../core/bytes.js'
import { KitError, toKitError } from '../../core/errors.js'
import { jsonName, printable } from '../../core/printable.js'
import type { BlockSink } from '../../store/ports.js'
import type { Pin } from '../../store/pins.js'
import { flagOf, valueOf, type Context } from '../context.js'
import { newPin, writing } from '../writing.js'

interface Root {
  readonly path: string
  readonly name: Uint8Array
  readonly added: Added
  readonly size: number
  readonly files: number
  readonly directories: number
  readonly symlinks: number
}

/** What the adding of all PATHs came to. */
interface Outcome {
  readonly roots: readonly Root[]
  readonly entries: readonly AddedEntry[]
  readonly skippedHidden: number
}

export async function run(context: Context): Promise<void> {
  const profile = profileFrom(context)
  const outcome = flagOf(context, 'only-hash')
    ? await addAll(context, new HashOnlySink(), profile)
    : await writing(context, async (session) => {
        const result = await addAll(context, session, profile)
        return { result, pins: pinsFor(context, result.roots) }
      })
  if (outcome.skippedHidden > 0 && !context.quiet)
    context.note(
      `${outcome.skippedHidden} hidden ${outcome.skippedHidden === 1 ? 'entry' : 'entries'} skipped; take them with --hidden`
    )
  if (context.json) context.answer(payload(outcome, profile))
  else if (flagOf(context, 'quieter')) context.print(String(outcome.roots.at(-1)!.added.cid))
  else flush(context)
}

function profileFrom(context: Context): Profile {
  const profile = profileNamed(valueOf(context, 'profile') ?? context.config['add.profile'])
  const chunker = valueOf(context, 'chunker')
  return chunker === undefined ? profile : withChunker(profile, chunker)
}

function pinsFor(context: Context, roots: readonly Root[]): Pin[] {
  if (flagOf(context, 'no-pin')) return []
  return roots.map(({ added, name }) => newPin(String(added.cid), 'recursive', printable(name)))
}

/** Lines that wait: what is printed is stored, so nothing appears before it is durable. */
const lines: string[] = []
const LINES_A_WRITE = 1000

function flush(context: Context): void {
  for (let i = 0; i < lines.length; i += LINES_A_WRITE)
    context.print(lines.slice(i, i + LINES_A_WRITE).join('\n'))
}

async function addAll(context: Context, sink: BlockSink, profile: Profile): Promise<Outcome> {
  const entries: AddedEntry[] = []
  const progress = context.progress('adding', totalSize(context.args))
  let size = 0
  const adder = new Adder(new NodeWriter(sink, profile), {
    hidden: flagOf(context, 'hidden'),
    preserveMode: flagOf(context, 'preserve-mode'),
    preserveMtime: flagOf(context, 'preserve-mtime'),
    signal: context.signal,
    onEntry: (entry) => {
      if (typeName(entry.kind) === 'file') size += entry.size
      remember(context, entry, entries)
    },
    onBytes: (count) => progress.add(count)
  })
  const roots: Root[] = []
  const before = { size: 0, ...adder.counts }
  const counted = (path: string, name: Uint8Array, added: Added): Root => {
    const root = {
      path,
      name,
      added,
      size: size - before.size,
      files: adder.counts.files - before.files,
      directories: adder.counts.directories - before.directories,
      symlinks: adder.counts.symlinks - before.symlinks
    }
    Object.assign(before, adder.counts, { size })
    return root
  }
  try {
    for (const path of context.args) {
      const name = utf8(nameOf(context, path))
      const added =
        path === '-'
          ? await adder.addStream(process.stdin, name)
          : await adder.addPath(utf8(resolve(path)), name)
      roots.push(counted(path, name, added))
    }
  } finally {
    progress.end()
  }
  const { skippedHidden } = adder.counts
  if (!flagOf(context, 'wrap')) return { roots, entries, skippedHidden }
  return { roots: [wrapped(context, adder, roots)], entries, skippedHidden }
}

function wrapped(context: Context, adder: Adder, roots: readonly Root[]): Root {
  const names = new Set(roots.map(({ name }) => printable(name)))
  if (names.size < roots.length)
    throw new KitError(
      'USAGE',
      'two of the paths have the same last name, so one folder cannot hold both'
    )
  const sum = (key: 'size' | 'files' | 'directories' | 'symlinks'): number =>
    roots.reduce((total, root) => total + root[key], 0)
  return {
    path: context.args.join(' '),
    name: utf8(''),
    added: adder.wrap(roots),
    size: sum('size'),
    files: sum('files'),
    directories: sum('directories') + 1,
    symlinks: sum('symlinks')
  }
}

function nameOf(context: Context, path: string): string {
  if (path === '-') return stdinName(valueOf(context, 'stdin-name') ?? 'stdin')
  return basename(resolve(path))
}

function stdinName(name: string): string {
  const bytes = utf8(name)
  if (!isShowable(bytes, 0, bytes.length))
    throw new KitError('USAGE', `--stdin-name takes one file name, not "${name}"`)
  return name
}

/** Sum of the files named directly; undefined when folders or stdin are among them. */
function totalSize(paths: readonly string[]): number | undefined {
  let total = 0
  for (const path of paths) {
    if (path === '-') return undefined
    try {
      const stat = lstatSync(path)
      if (stat.isDirectory()) return undefined
      total += stat.size
    } catch (error) {
      throw toKitError(error, `cannot add ${path}`)
    }
  }
  return total
}

function remember(context: Context, entry: AddedEntry, entries: AddedEntry[]): void {
  if (context.json) entries.push({ ...entry, name: copyOf(entry.name) })
  else if (flagOf(context, 'quieter')) return
  else if (context.quiet) lines.push(String(entry.cid))
  else
    lines.push(
      entry.name.length === 0 ? `added ${entry.cid}` : `added ${entry.cid} ${printable(entry.name)}`
    )
}

const payload = ({ roots, entries, skippedHidden }: Outcome, profile: Profile) => ({
  roots: roots.map(({ added, path, size, files, directories, symlinks }) => ({
    cid: String(added.cid),
    path,
    size,
    files,
    directories,
    symlinks
  })),
  entries: entries.map(({ cid, name, kind, size }) => ({
    cid: String(cid),
    ...jsonName(name),
    type: typeName(kind),
    size
  })),
  skipped_hidden: skippedHidden,
  profile: profile.name
})
