/** `complete`: prints what may follow the words of a command line, as the shells' scripts ask for. */
import { expandHome } from '../../config/config.js'
import { KitError } from '../../core/errors.js'
import {
  knownBackends,
  knownDatasets,
  knownPins,
  knownQueries,
  knownVersions,
  namesIn
} from '../../operations/known-names.js'
import { candidates, type Candidate } from '../candidates.js'
import type { ValueKind } from '../command-spec.js'
import { flagOf, type Context } from '../context.js'

export async function run(context: Context): Promise<void> {
  const found = await candidates(context.args, context.commands, (kind, typed) =>
    lookUp(context, kind, typed)
  )
  const isDescribed = flagOf(context, 'describe')
  for (const { text, help } of found)
    // A line is a candidate: a name with a line feed in it cannot be offered.
    if (!/[\n\t]/.test(text)) context.print(isDescribed && help !== '' ? `${text} # ${help}` : text)
}

/** Whatever is wrong with the home is told by commands, and not in the middle of a line. */
async function lookUp(
  context: Context,
  kind: ValueKind,
  typed: string
): Promise<readonly Candidate[]> {
  try {
    const all = await membersOf(context, kind, typed)
    return all.filter(({ text }) => text.startsWith(typed))
  } catch (error) {
    if (error instanceof KitError) return []
    throw error
  }
}

async function membersOf(context: Context, kind: ValueKind, typed: string): Promise<Candidate[]> {
  const home = homeIn(context)
  if (kind === 'backend') return knownBackends(home).map(plain)
  if (kind === 'backends') return moreBackends(home, typed)
  if (kind === 'dataset') return knownDatasets(home).map(plain)
  if (kind === 'dataset-version') return versionsOf(home, typed)
  if (kind === 'query') return knownQueries(home).map(plain)
  if (kind === 'pin') return knownPins(home).map(({ cid, name }) => ({ text: cid, help: name }))
  if (kind === 'pin-name')
    return [...new Set(knownPins(home).map(({ name }) => name))]
      .filter((name) => name !== '')
      .map(plain)
  if (kind !== 'cid-path') return []
  const slash = typed.lastIndexOf('/')
  if (slash < 0) return await membersOf(context, 'pin', typed)
  const path = typed.slice(0, slash)
  // Below the root of the file system and in folders, the shell offers files.
  if (!/^(?:\/?ipfs\/|ipfs:\/\/)?[a-zA-Z0-9]{40,}/.test(path)) return []
  const services = context.servicesOf(home)
  services.checkHome()
  const names = await namesIn(services, { path }, context.run)
  return names.map((name) => ({ text: `${path}/${name}`, help: '' }))
}

const plain = (text: string): Candidate => ({ text, help: '' })

/** Offers those that are not in the list yet. */
function moreBackends(home: string, typed: string): Candidate[] {
  const before = typed.slice(0, typed.lastIndexOf(',') + 1)
  const given = before.split(',')
  return knownBackends(home)
    .filter((name) => !given.includes(name))
    .map((name) => plain(`${before}${name}`))
}

/** Offers names, and behind an `@` the versions and tags of one. */
function versionsOf(home: string, typed: string): Candidate[] {
  const at = typed.indexOf('@')
  if (at < 0) return knownDatasets(home).map(plain)
  const name = typed.slice(0, at)
  return knownVersions(home, name).map(({ version, what }) => ({
    text: `${name}@${version}`,
    help: what
  }))
}

/** The home that the completed command line names, in words as they are typed: no shell expanded them. */
function homeIn(context: Context): string {
  // Bash takes `--home=DIR` for three words.
  const words = context.args.filter((word) => word !== '=')
  const at = words.indexOf('--home')
  const inline = words.find((word) => word.startsWith('--home='))
  const named = inline?.slice('--home='.length) ?? (at < 0 ? undefined : words[at + 1])
  return named ? expandHome(named) : context.home
}
