/** `ls`: the links of folders and files. */
import type { NodeType } from '../core/node-stat.js'
import { linkList, type ListedLink } from '../operations/link-list.js'
import { sendValue, sendValues } from './answers.js'
import { argument, type KuboCall, type KuboCommands } from './call.js'
import { goMode } from './go-mode.js'
import { contentPath } from './paths.js'

/** Numbers of types in UnixFS; 0 where it is not known. */
const TYPES: Readonly<Record<NodeType, number>> = { directory: 1, file: 2, symlink: 4 }

export const lsCommands: KuboCommands = {
  ls: async (call) => {
    argument(call, 0, 'ipfs-path')
    const resolve = call.flag('resolve-type', true) || call.flag('size', true)
    if (call.flag('stream', false)) return await sendValues(call.http, streamed(call, resolve))
    const objects: object[] = []
    for (const path of call.args) {
      const links = []
      for await (const link of listed(call, path, resolve)) links.push(told(link))
      links.sort((a, b) => Buffer.compare(Buffer.from(a.Name), Buffer.from(b.Name)))
      objects.push({ Hash: path, Links: links })
    }
    sendValue(call.http, { Objects: objects })
  }
}

async function* streamed(
  call: KuboCall,
  resolve: boolean
): AsyncGenerator<object, void, undefined> {
  for (const path of call.args)
    for await (const link of listed(call, path, resolve))
      yield { Objects: [{ Hash: path, Links: [told(link)] }] }
}

const listed = ({ services, run }: KuboCall, path: string, resolve: boolean) =>
  linkList(services, { path: contentPath(path), resolve }, run)

const told = ({ name, cid, type, size, target, mode, mtime }: ListedLink) => ({
  Name: name,
  Hash: cid,
  Size: size,
  Type: type === undefined ? 0 : TYPES[type],
  Target: target,
  Mode: mode === undefined || type === undefined ? 0 : goMode(mode, type),
  ModTime: mtime === undefined ? NO_TIME : goTime(mtime)
})

/** Returns a time as Go writes it: without zeros at the end of its fraction. */
/** Go's zero of time, which stands for none. */
const NO_TIME = '0001-01-01T00:00:00Z'
/** Seconds of the years 1 and 9999, outside of which Go writes no time. */
const FIRST_SECOND = -62_135_596_800
const LAST_SECOND = 253_402_300_799

function goTime({ sec, nsec }: { readonly sec: number; readonly nsec: number }): string {
  if (sec < FIRST_SECOND || sec > LAST_SECOND) return NO_TIME
  const whole = new Date(sec * 1000).toISOString().slice(0, 19)
  const fraction = String(nsec).padStart(9, '0').replace(/0+$/, '')
  return `${whole}${fraction === '' ? '' : `.${fraction}`}Z`
}
