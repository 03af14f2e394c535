/**
 * Small files read by names that somebody knew, without a listing before: each costs the kernel a
 * question for its name and one for its bytes, and nothing can be told ahead. In an engine that
 * has served for a while, and in one that was mounted a moment ago.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { chill, forgetNames } from './chill.js'
import { makeFolder } from './data.js'
import { Figures } from './figures.js'
import { checkpoint } from './interrupt.js'
import { kit } from './measure.js'
import { compile } from './peers/compile.js'
import { native } from './peers/native.js'
import { ours } from './peers/ours.js'
import { forParts, openOrSkip, type Shown, type Sources } from './peers/place.js'
import { rawServers } from './peers/raw.js'
import type { Row } from './report.js'
import type { Scale } from './scale.js'

/** However small the scale: fewer would take too short a time. */
export const NAMED_FILES = 1000
const BYTES = 4096
/** What an engine has answered before it counts as warm. */
const WARM_REQUESTS = 50_000
/** A file takes at least these many: for its name, and for its bytes. */
const LEAST_REQUESTS = 2
/** It takes 40 ms, of which a virtual machine may take some for itself. */
const TIMES = 3
/** Coprime to their number: the files are read in an order that no listing has. */
const STRIDE = 389

export const WARM_NAMES = 'open, read, close 1,000 files by name, warm engine'
const NEW_NAMES = 'open, read, close 1,000 files by name, new engine'

/** Reads files of a folder by their names. @returns the seconds that took. */
export type ByName = (folder: string, names: readonly string[]) => number

/** In C and a process of its own: it costs next to nothing, and the same for everybody. */
export function buildByName(scratch: string, scale: Scale): ByName | undefined {
  const program = compile('by-name.c', scratch, scale.fetchPeers)
  if (program === undefined) {
    console.error('reading by name is left out: there is no gcc here')
    return undefined
  }
  return (folder, names) => {
    const input = names.join('\n')
    const args = [folder, String(BYTES)]
    const { status, stdout, stderr } = spawnSync(program, args, { input, encoding: 'utf8' })
    if (status !== 0) throw new Error(`reading ${folder} by name: ${stderr}`)
    return Number(stdout) / 1e9
  }
}

/** Names of at most a thousand files, from the native folder: no mount is asked for them. */
function namesIn(folder: string): string[] {
  const names = readdirSync(folder).toSorted().slice(0, NAMED_FILES)
  return names.map((_, i) => names[(i * STRIDE) % names.length]!)
}

/**
 * By name in an engine that has answered many requests of the same kinds, for other files.
 * @param isServed whether there is an engine to be warmed.
 * @returns files a second, several times.
 */
export function readByNameWarm(
  byName: ByName,
  shown: Shown,
  sources: Sources,
  scale: Scale,
  isServed: boolean
): number[] {
  const others = namesIn(sources.folder)
  const passes = isServed ? Math.ceil(WARM_REQUESTS / LEAST_REQUESTS / others.length) : 0
  const until = Date.now() + scale.warmSeconds * 1000
  for (let pass = 0; pass < passes && Date.now() < until; pass++) {
    forgetNames()
    byName(shown.paths.folder, others)
  }
  const names = namesIn(sources.named)
  return Array.from({ length: TIMES }, () => {
    chill(shown.backing.named)
    return NAMED_FILES / byName(shown.paths.named, names)
  })
}

/** The first thousand files that a mount is asked for, as soon as it is there. */
export async function readByNameNew(scratch: string, scale: Scale): Promise<Row[]> {
  const byName = buildByName(scratch, scale)
  if (byName === undefined) return []
  mkdirSync(join(scratch, 'sources'))
  const source = makeFolder(join(scratch, 'sources'), 'named', NAMED_FILES, BYTES)
  const sources = forParts(() => source)
  const home = join(scratch, 'home')
  const { stdout: cid } = await kit(scratch, home, 'add', '-Q', source)
  const held = { scratch, home, cids: forParts(() => cid) }
  const places = [
    ours(held, 'passthrough'),
    ours(held, 'none'),
    ...rawServers(sources, scratch, scale.fetchPeers),
    native(sources)
  ]
  const mountpoint = join(scratch, 'mnt')
  mkdirSync(mountpoint)
  const names = namesIn(source)
  const figures = new Figures()
  for (let round = 0; round < scale.rounds; round++)
    for (const place of places) {
      await checkpoint()
      // Before the mount is made: its own caches are empty, and nothing shall give it time.
      chill([source, join(home, 'blocks')])
      const shown = await openOrSkip(place, mountpoint)
      if (shown === undefined) continue
      try {
        figures.add(
          NEW_NAMES,
          'files/s',
          place.name,
          NAMED_FILES / byName(shown.paths.named, names)
        )
      } finally {
        await shown.close()
      }
    }
  return figures.rows()
}
