/** The body of each thread of a mount: it waits for the descriptor, then serves or stores ahead. */
import { parentPort } from 'node:worker_threads'
import { makeDirectCalls } from '../../../core/direct-calls.js'
import { systemClock } from '../../../core/clock.js'
import type { MountOptions, ServedVfs } from '../../driver.js'
import { Answerer } from './answerer.js'
import { Failures } from '../../failures.js'
import { Operations } from './operations.js'
import { reserveBuffers } from './buffers.js'
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
  let isWarm = false
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
    return (): void => new SiblingPusher(pages, siblings).run(refresh)
  }

  function serving(place: number) {
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
    const isAsked = gate.waitToHelp()
    // Not while the mount is being made: a command waits for that.
    callDirectly()
    if (!isAsked && rehearseAs(1)) gate.noteRehearsed()
  }

  /**
   * The first thread warms up when it has answered a reader: by a rehearsal as soon as the second,
   * which serves alone meanwhile, is warm; by readers who left no time for that.
   */
  function afterFirst(): void {
    gate.countServed(0)
    if (isWarm || !(gate.mayFirstRehearse || gate.hasServedAlone)) return
    isWarm = true
    callDirectly()
    if (gate.mayFirstRehearse) rehearseAs(0)
  }

  function callDirectly(): void {
    makeDirectCalls([buffers.request, buffers.reply])
  }

  function rehearseAs(place: number): boolean {
    if (rehearsal === undefined) return false
    const mayGoOn = (): boolean => gate.mayRehearse(place)
    const parts = { content: rehearsal, buffers, options, refresh, probe, currentRequests }
    return rehearse({ ...parts, place, mayGoOn })
  }
}
