/** The body of each thread of a mount: it waits for the descriptor, then serves or stores ahead. */
import { parentPort } from 'node:worker_threads'
import { makeDirectCalls } from '../../../core/direct-calls.js'
import { systemClock } from '../../../core/clock.js'
import type { MountOptions, ServedVfs } from '../../driver.js'
import { Answerer } from './answerer.js'
import { Failures } from '../../failures.js'
import { Operations } from './operations.js'
import { reserveBuffers } from './buffers.js'
import { NodePruner } from './node-pruner.js'
import { OpenFiles } from './open-files.js'
import { StartGate } from './start-gate.js'
import { PageStore } from './page-store.js'
import { SiblingPusher } from './sibling-pusher.js'
import type { MountMemory, ThreadMessage, ThreadTask } from './thread-pool.js'
import { rehearse } from './rehearse.js'
import { RequestCounts } from './request-counts.js'
import { ReplyWriter } from './reply-writer.js'
import { serve } from './serve.js'
import { Siblings } from './siblings.js'
import { CurrentRequests } from './current-requests.js'

export interface ThreadPorts extends Pick<
  ServedVfs,
  'vfs' | 'refresh' | 'probe' | 'log' | 'rehearsal'
> {
  readonly memory: MountMemory
  readonly options: MountOptions
}

/** Runs a thread's task; returns once the mount is gone. */
export function runThread(task: ThreadTask, ports: ThreadPorts): void {
  const { vfs, memory, options, probe, refresh, log, rehearsal } = ports
  const tell = (message: ThreadMessage): void => parentPort!.postMessage(message)
  const files = new OpenFiles(memory.files, options.open)
  const siblings = new Siblings(memory.siblings)
  const pages = new PageStore(vfs)
  const currentRequests = new CurrentRequests(memory.currentRequests)
  const buffers = reserveBuffers()
  let hasRehearsed = false
  // Everything is made before the wait, so that the first request is answered at once.
  const work = task.role === 'push' ? pushing() : serving(task.place)
  const gate = new StartGate(memory.gate)
  const fd = gate.pass()
  if (fd === undefined) return
  files.attach(fd)
  pages.attach(fd)
  tell({ type: 'serving' })
  work(fd)

  function pushing() {
    return (fd: number): void => {
      const pruner = new NodePruner(vfs.inodes, fd)
      new SiblingPusher(pages, siblings, pruner).run(refresh)
    }
  }

  function serving(place: number) {
    makeDirectCalls([buffers.request, buffers.reply])
    const operations = new Operations(vfs, buffers, {
      owner: options,
      files,
      siblings,
      pages,
      isDeferred: false,
      probe,
      defer: (request) => tell({ type: 'defer', request }),
      interrupted: (unique) => tell({ type: 'interrupted', unique }),
      failures: new Failures(memory.failures, log, systemClock)
    })
    const counts = new RequestCounts(memory.counts, place)
    return (fd: number): void => {
      if (place === 1) prepareToHelp()
      const onServed =
        place === 0 ? afterFirst : place === 1 ? () => gate.countServed(1) : undefined
      const replies = new ReplyWriter(fd, counts, log)
      const isDismissed = (): boolean => gate.isDismissed(place)
      const answerer = new Answerer(operations, refresh, replies, currentRequests, counts, place)
      serve(fd, answerer, { isDismissed, onServed })
    }
  }

  function prepareToHelp(): void {
    // Not while the mount is being made: a command waits for that.
    if (!gate.waitToHelp() && rehearseAs(1)) gate.noteRehearsed()
  }

  /** The first thread rehearses when it has answered a reader and the second is warm, which serves alone meanwhile. */
  function afterFirst(): void {
    gate.countServed(0)
    if (hasRehearsed || !gate.mayFirstRehearse) return
    hasRehearsed = true
    rehearseAs(0)
  }

  function rehearseAs(place: number): boolean {
    if (rehearsal === undefined) return false
    const mayGoOn = (): boolean => gate.mayRehearse(place)
    const parts = { content: rehearsal, buffers, options, refresh, probe, currentRequests }
    return rehearse({ ...parts, place, mayGoOn })
  }
}
