/** `files`: the files of a node, which here are its pins by their names. They are read only. */
import { KitError } from '../core/errors.js'
import { cat } from '../operations/cat.js'
import { linkList } from '../operations/link-list.js'
import { namedFilePath, namedFiles } from '../operations/named-files.js'
import { nodeFigures, type NodeFigures } from '../operations/node-figures.js'
import { sendBytes, sendValue, sendValues } from './answers.js'
import { argument, type KuboCall, type KuboCommand, type KuboCommands } from './call.js'
import { contentPath } from './paths.js'

const WRITES = ['chcid', 'chmod', 'chroot', 'cp', 'mkdir', 'mv', 'rm', 'touch', 'write']

const refuse: KuboCommand = async () => {
  await Promise.reject(new KitError('READ_ONLY', 'the files of this node are its pins by their names, and are not written here; add with `ipfs add --pin-name NAME`')) // prettier-ignore
}

export const filesCommands: KuboCommands = {
  ...Object.fromEntries(WRITES.map((name) => [`files/${name}`, refuse])),
  'files/ls': async (call) => {
    const entries = await entriesOf(call)
    entries.sort((a, b) => (a.Name < b.Name ? -1 : 1))
    if (!call.flag('stream', false)) return sendValue(call.http, { Entries: entries.length === 0 ? null : entries }) // prettier-ignore
    await sendValues(
      call.http,
      (async function* () {
        for (const entry of entries) yield await Promise.resolve({ Entries: [entry] })
      })()
    )
  },
  'files/stat': async (call) => {
    const path = argument(call, 0, 'path')
    const stat = path === '/' ? await rootStat(call) : toldStat(await figuresAt(call, path))
    const local = { WithLocality: true, Local: true, SizeLocal: stat.CumulativeSize }
    sendValue(call.http, call.flag('with-local', false) ? { ...stat, ...local } : stat)
  },
  'files/read': async (call) => {
    const path = await pathOf(call, argument(call, 0, 'path'))
    const offset = call.count('offset') ?? 0
    const count = call.count('count')
    if (offset < 0) throw new KitError('INVALID_ARGUMENT', 'cannot specify negative offset')
    if (count !== undefined && count < 0) throw new KitError('INVALID_ARGUMENT', "cannot specify negative 'count'") // prettier-ignore
    const { type } = await nodeFigures(call.services, { path }, call.run)
    if (type !== 'file')
      throw new KitError('IS_A_DIRECTORY', `${argument(call, 0, 'path')} was not a file`)
    const request = { path, offset, ...(count === undefined ? {} : { length: count }) }
    await sendBytes(call.http, 'text/plain', cat(call.services, request, call.run))
  },
  'files/flush': async (call) => {
    const path = call.args[0] ?? '/'
    const { Hash } = path === '/' ? await rootStat(call) : toldStat(await figuresAt(call, path))
    sendValue(call.http, { Cid: Hash })
  }
}

/** Returns where a path leads, which may be one of content, too. @throws INVALID_ARGUMENT, PATH_NOT_FOUND. */
async function pathOf({ services, run }: KuboCall, path: string): Promise<string> {
  if (!path.startsWith('/'))
    throw new KitError('INVALID_ARGUMENT', 'paths must start with a leading slash')
  if (/^\/ip[fn]s\//.test(path)) return contentPath(path)
  return await namedFilePath(services, { path }, run)
}

async function figuresAt(call: KuboCall, path: string): Promise<NodeFigures> {
  const { services, run } = call
  return await nodeFigures(services, { path: await pathOf(call, path) }, run)
}

async function rootStat({ services, run }: KuboCall) {
  const { root } = await namedFiles(services, {}, run)
  return toldStat({ ...root, type: 'directory', size: 0, mode: undefined, mtime: undefined })
}

function toldStat({ cid, type, size, tsize, links, mode, mtime }: NodeFigures) {
  return {
    Hash: cid,
    Size: size,
    CumulativeSize: tsize,
    Blocks: links,
    Type: type === 'directory' ? 'directory' : 'file',
    ...(mode === undefined ? {} : { Mode: mode.toString(8).padStart(4, '0') }),
    ...(mtime === undefined
      ? {}
      : { Mtime: mtime.sec, ...(mtime.nsec === 0 ? {} : { MtimeNsecs: mtime.nsec }) })
  }
}

interface Entry {
  readonly Name: string
  readonly Type: number
  readonly Size: number
  readonly Hash: string
}

async function entriesOf(call: KuboCall): Promise<Entry[]> {
  const { services, run } = call
  const path = call.args[0] ?? '/'
  const long = call.flag('long', false)
  const told = (name: string, cid: string, type: string | undefined, size: number): Entry =>
    long
      ? {
          Name: name,
          Type: type === 'directory' ? 1 : 0,
          Size: type === 'directory' ? 0 : size,
          Hash: cid
        }
      : { Name: name, Type: 0, Size: 0, Hash: '' }
  if (path === '/') {
    const { files } = await namedFiles(services, {}, run)
    return files.map(({ name, cid, type, size }) => told(name, cid, type, size))
  }
  const at = await pathOf(call, path)
  const { cid, type, size } = await nodeFigures(services, { path: at }, run)
  if (type !== 'directory') return [told(path.split('/').at(-1)!, cid, type, size)]
  const entries: Entry[] = []
  for await (const link of linkList(services, { path: at, resolve: long }, run))
    entries.push(told(link.name, link.cid, link.type, link.size))
  return entries
}
