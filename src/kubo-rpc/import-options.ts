/** The options by which Kubo cuts files into blocks. Where one is missing, it is Kubo's default, not ours. */
import { PROFILES, withChunker, type Profile } from '../content/profile.js'
import { KitError } from '../core/errors.js'
import type { KuboCall } from './call.js'

const KUBO = PROFILES['unixfs-v0-2015']

/** Options that ask for what this program does not do, and the values that ask for nothing. */
const REFUSED: Readonly<Record<string, string>> = {
  trickle: 'the trickle layout is not written here; leave --trickle out',
  nocopy:
    'either the filestore or the urlstore must be enabled to use nocopy: this node always keeps a copy of its own; leave --nocopy out',
  inline: 'blocks are not put into CIDs here; leave --inline out'
}
/** Options whose only value here is Kubo's default. */
const FIXED: Readonly<Record<string, number>> = {
  'max-directory-links': 0,
  'max-hamt-fanout': 256
}

/** @param hasMetadata whether nodes hold mode or time, for which leaves have no room. */
export function importProfile(call: KuboCall, hasMetadata: boolean): Profile {
  refuse(call)
  const cidVersion = call.count('cid-version') ?? 0
  if (cidVersion !== 0 && cidVersion !== 1)
    throw new KitError('INVALID_ARGUMENT', `unknown CID version: ${cidVersion}`)
  const rawLeaves = call.flag('raw-leaves', cidVersion === 1 && !hasMetadata)
  if (rawLeaves && hasMetadata)
    throw new KitError(
      'INVALID_ARGUMENT',
      "raw-leaves can't be used with UnixFS metadata like mode or modification time"
    )
  const maxLinks = call.count('max-file-links') ?? KUBO.maxLinks
  if (maxLinks < 2 || maxLinks > 16_384)
    throw new KitError('INVALID_ARGUMENT', `max-file-links is from 2 to 16384, not ${maxLinks}`)
  const profile: Profile = { ...KUBO, cidVersion, rawLeaves, maxLinks }
  return withChunkerOf(call, profile)
}

function refuse(call: KuboCall): void {
  for (const [name, text] of Object.entries(REFUSED))
    if (call.flag(name, false)) throw new KitError('UNSUPPORTED', text)
  for (const [name, only] of Object.entries(FIXED))
    if ((call.count(name) ?? only) !== only)
      throw new KitError('UNSUPPORTED', `${name} is always ${only} here; leave it out`)
  const hash = (call.text('hash') ?? 'sha2-256').toLowerCase()
  if (hash !== 'sha2-256')
    throw new KitError(
      'UNSUPPORTED',
      `files are added with sha2-256 here, not with "${hash}"; leave --hash out`
    )
}

function withChunkerOf(call: KuboCall, profile: Profile): Profile {
  const chunker = call.text('chunker') ?? ''
  if (chunker === '' || chunker === 'default') return profile
  if (/^(rabin|buzhash)/.test(chunker))
    throw new KitError(
      'UNSUPPORTED',
      `the chunker "${chunker}" is not here; size-N is, such as size-262144`
    )
  return withChunker(profile, chunker)
}
