/**
 * Removes trees of any depth and of any modes; `rmSync` recurses and overflows the stack below
 * 4096-byte paths, and cannot remove what lies in a read-only folder.
 */
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  lstatSync,
  openSync,
  readdirSync,
  rmdirSync,
  unlinkSync
} from 'node:fs'
import { ifPresent } from './fs-durable.js'
import { Turns } from './turns.js'

/** Opens without any permission, only to have a path that nobody can lead elsewhere. */
const O_PATH = 0x20_0000
const ANCHOR = O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW
const PRIVATE = 0o700

/**
 * Removes a file, or a folder of the caller with its content. Links are removed, never followed. It
 * works in turns, so that a second signal ends it.
 */
export async function removeTree(root: Buffer): Promise<void> {
  const entry = ifPresent(() => lstatSync(root))
  if (entry === undefined) return
  if (!entry.isDirectory()) {
    unlinkSync(root)
    return
  }
  if (existsSync('/proc/self/fd')) {
    const fd = openSync(root, ANCHOR)
    try {
      await removeBelow(Buffer.from(`/proc/self/fd/${fd}`))
    } finally {
      closeSync(fd)
    }
  } else await removeBelow(root)
  rmdirSync(root)
}

/** Removes what is in a folder. Made private first, nobody else can exchange what lies below it. */
async function removeBelow(root: Buffer): Promise<void> {
  const turns = new Turns(new AbortController().signal)
  chmodSync(root, PRIVATE)
  const folders: Buffer[] = []
  const open = [...entriesOf(root)]
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const here = path
    if (turns.isDue) await turns.take()
    const entry = ifPresent(() => lstatSync(here))
    if (entry === undefined) continue
    if (!entry.isDirectory()) {
      unlinkSync(here)
      continue
    }
    folders.push(here)
    if ((entry.mode & PRIVATE) !== PRIVATE) chmodSync(here, PRIVATE)
    for (const child of entriesOf(here)) open.push(child)
  }
  // The list has each folder before its content, so it is removed from the end.
  for (const folder of folders.reverse()) {
    rmdirSync(folder)
    if (turns.isDue) await turns.take()
  }
}

const entriesOf = (folder: Buffer): Buffer[] =>
  readdirSync(folder, { encoding: 'buffer' }).map((name) =>
    Buffer.concat([folder, Buffer.from('/'), name])
  )
