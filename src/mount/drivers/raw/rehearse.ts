/** Has a thread rehearse: with the parts that it serves with, but memory of its own and no kernel. */
import { closeSync, openSync } from 'node:fs'
import { reserveInodes } from '../../../../vfs/inode-table.js'
import { systemClock } from '../../../core/clock.js'
import type { Log } from '../../../core/log.js'
import type { MountOptions, RehearsalContent, ServedVfs } from '../../driver.js'
import { Failures, reserveFailures } from '../../failures.js'
import { Answerer } from './answerer.js'
import type { Buffers } from './buffers.js'
import type { CurrentRequests } from './current-requests.js'
import { OpenFiles, reserveOpenFiles } from './open-files.js'
import { Operations } from './operations.js'
import { PageStore } from './page-store.js'
import { Rehearsal } from './rehearsal.js'
import { ReplyWriter } from './reply-writer.js'
import { RequestCounts, reserveCounts } from './request-counts.js'
import { reserveSiblings, Siblings } from './siblings.js'

const MAX_NODES = 10_000

/** A reader will be told what fails here. */
const NO_LOG: Log = {
  error: () => undefined,
  warn: () => undefined,
  info: () => undefined,
  debug: () => undefined
}

export interface RehearseParts extends Pick<ServedVfs, 'refresh' | 'probe'> {
  readonly content: RehearsalContent
  /** Of the thread, which serves nobody meanwhile. */
  readonly buffers: Buffers
  readonly options: MountOptions
  /** Of the mount, so that the watchdog sees a thread that hangs in a disk. */
  readonly currentRequests: CurrentRequests
  /** Index of the thread. */
  readonly place: number
  /** Waits while readers are there. @returns false when the thread is needed. */
  readonly mayGoOn: () => boolean
}

/** @returns whether it went on until the thread was warm. */
export function rehearse(parts: RehearseParts): boolean {
  const { content, buffers, options, refresh, probe, mayGoOn, currentRequests, place } = parts
  // Nothing is read from there, and whatever is written vanishes.
  const fd = openSync('/dev/null', 'r+')
  try {
    const vfs = content.openVfs(reserveInodes(MAX_NODES))
    const pages = new PageStore(vfs)
    pages.attach(fd)
    const operations = new Operations(vfs, buffers, {
      owner: options,
      files: new OpenFiles(reserveOpenFiles(MAX_NODES), options.open),
      siblings: new Siblings(reserveSiblings(MAX_NODES)),
      pages,
      isDeferred: false,
      probe,
      defer: () => undefined,
      interrupted: () => undefined,
      failures: new Failures(reserveFailures(), NO_LOG, systemClock)
    })
    const counts = new RequestCounts(reserveCounts(), 0)
    const replies = new ReplyWriter(fd, counts, NO_LOG)
    const answerer = new Answerer(operations, refresh, replies, currentRequests, counts, place)
    return new Rehearsal(answerer, fd, mayGoOn).run(content.roots())
  } finally {
    closeSync(fd)
  }
}
