/** Finds the end of a log when its owner opens it. */
import { fsyncSync, ftruncateSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { makeDir, openOwn, writeFully } from '../core/fs-durable.js'
import { checkFollows, framesOf, readSegment, segmentsIn, type SegmentEnd, type SegmentFile } from './segment.js' // prettier-ignore
import { closeFd, createSegment, UNFINISHED, type OpenSegment } from './segment-file.js'

export interface Recovered extends OpenSegment {
  /** All segments, the one that is written to last, with the kinds of entries that are in them. */
  readonly segments: readonly { readonly first: number; readonly kinds: ReadonlySet<number> }[]
  /** LSN of the next entry. */
  readonly next: number
}

interface Checked extends SegmentEnd {
  readonly file: SegmentFile
  readonly kinds: ReadonlySet<number>
  /** The bytes of the last frame. */
  readonly tail: Buffer
}

/**
 * Checks all segments, then cuts off what is torn, and makes the end durable.
 * @throws CORRUPT_FORMAT, UNSUPPORTED, having changed nothing.
 */
export async function recover(folder: string, warn: (message: string) => void): Promise<Recovered> {
  const checked = checkAll(segmentsIn(folder))
  makeDir(folder)
  for (const name of readdirSync(folder))
    if (name.endsWith(UNFINISHED)) rmSync(join(folder, name), { force: true })
  const last = checked.at(-1)
  if (last === undefined) {
    const made = await createSegment(folder, 1)
    return { ...made, segments: [{ first: 1, kinds: new Set() }], next: 1 }
  }
  const { file, size, next, isTorn } = last
  if (isTorn)
    warn(
      `the log ${file.path} ended in a half-written entry at byte ${size}, which was never acknowledged; cut off`
    )
  const fd = await openAtEnd(last)
  return {
    fd,
    size,
    next,
    segments: checked.map(({ file: { first }, kinds }) => ({ first, kinds }))
  }
}

function checkAll(files: readonly SegmentFile[]): Checked[] {
  const checked: Checked[] = []
  for (const file of files) {
    checkFollows(file, checked.at(-1)?.next)
    const bytes = readSegment(file)
    if (bytes === undefined) continue
    const kinds = new Set<number>()
    const frames = framesOf(file, bytes)
    let step = frames.next()
    for (; step.done !== true; step = frames.next())
      for (const { kind } of step.value.entries) kinds.add(kind)
    const { lastFrame, size } = step.value
    const tail = Buffer.from(bytes.subarray(lastFrame ?? size, size))
    checked.push({ ...step.value, file, kinds, tail })
  }
  return checked
}

/**
 * Opens a segment for appending. Its last frame is written once more: after a sync that failed it may be
 * in the memory of the kernel alone, which counts it as written.
 */
async function openAtEnd({ file, size, tail, isTorn }: Checked): Promise<number> {
  const fd = openOwn(file.path, 'change')
  try {
    if (isTorn) ftruncateSync(fd, size)
    writeFully(fd, tail, size - tail.length)
    fsyncSync(fd)
  } catch (error) {
    await closeFd(fd)
    throw error
  }
  return fd
}
