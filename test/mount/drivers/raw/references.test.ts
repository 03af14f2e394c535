/** The references that requests take which come to nothing, and what is stored for an OPEN. */
import { closeSync, fstatSync, openSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { utf8 } from '../../../../src/core/bytes.js'
import { systemClock } from '../../../../src/core/clock.js'
import { KitError } from '../../../../src/core/errors.js'
import { makeLog } from '../../../../src/core/log.js'
import type { NodeStat } from '../../../../src/core/node-stat.js'
import { NotReady } from '../../../../src/core/not-ready.js'
import { EIO } from '../../../../src/mount/errno.js'
import { Failures, reserveFailures } from '../../../../src/mount/failures.js'
import { reserveBuffers } from '../../../../src/mount/drivers/raw/buffers.js'
import { OpenFiles, reserveOpenFiles } from '../../../../src/mount/drivers/raw/open-files.js'
import { Operations } from '../../../../src/mount/drivers/raw/operations.js'
import { PageStore } from '../../../../src/mount/drivers/raw/page-store.js'
import { IN_HEADER, Op } from '../../../../src/mount/drivers/raw/protocol.js'
import { reserveSiblings, Siblings } from '../../../../src/mount/drivers/raw/siblings.js'
import { Fingerprint, NodeIdentity } from '../../../../vfs/identity.js'
import { InodeTable, reserveInodes, ROOT_ID } from '../../../../vfs/inode-table.js'
import type { Tree, TreeNode } from '../../../../vfs/tree.js'
import { File } from '../../../../vfs/trees/file.js'
import { Folder } from '../../../../vfs/trees/folder.js'
import { Vfs } from '../../../../vfs/vfs.js'
import { tempFolder } from '../../../support/temp.js'

const NODES = 100
const STAT: NodeStat = { type: 'file', size: 5, mode: undefined, mtime: undefined }
const KEY = utf8('file')

const notReady = (): never => {
  throw new NotReady({ type: 'tree', tree: 'one', what: 'it' })
}

/** A tree of one file whose bytes are there when `isReady`, and whose size is never made sure of. */
class OneFile implements Tree {
  readonly name = 'one'
  readonly isListed = true
  isReady = true

  node(key: Uint8Array): TreeNode {
    return key.length === 0 ? new OneFolder(this) : new TheFile(this, key)
  }
}

class OneFolder extends Folder {
  readonly isFixed = true
  readonly hasRoots = false

  constructor(readonly tree: Tree) {
    super()
  }

  child(): TreeNode {
    return this.tree.node(KEY)
  }

  list(): void {}

  override entryStat(): NodeStat {
    return notReady()
  }
}

class TheFile extends File {
  readonly isFixed = true
  readonly #one: OneFile
  readonly cid = KEY

  constructor(tree: OneFile, key: Uint8Array) {
    super(tree, key)
    this.#one = tree
  }

  stat(): NodeStat {
    return STAT
  }

  read(position: number, target: Uint8Array, at: number): number {
    if (!this.#one.isReady) notReady()
    target.set(utf8('bytes').subarray(position), at)
    return STAT.size - position
  }
}

function stage(t: Test, memory = reserveOpenFiles(NODES), opened?: () => void) {
  const tree = new OneFile()
  const vfs = new Vfs([tree], { space: () => ({ totalBytes: 1, freeBytes: 0, availableBytes: 0, objects: 1 }) }, new InodeTable(reserveInodes(NODES)), { umask: 0, opened }) // prettier-ignore
  // What would be stored in the kernel is written here.
  const kernel = openSync(join(tempFolder(t, 'references'), 'kernel'), 'w')
  t.teardown(() => closeSync(kernel))
  const pages = new PageStore(vfs)
  pages.attach(kernel)
  const files = new OpenFiles(memory, 'auto')
  const log = makeLog({ level: 'error', format: 'text', write: () => undefined })
  const operations = new Operations(vfs, reserveBuffers(), {
    owner: { uid: 0, gid: 0 },
    files,
    siblings: new Siblings(reserveSiblings(NODES)),
    pages,
    isDeferred: false,
    probe: { path: '/dev/null', depth: 1 },
    defer: () => undefined,
    interrupted: () => undefined,
    failures: new Failures(reserveFailures(), log, systemClock)
  })
  const ask = (op: number, node: number, body: Uint8Array): number => {
    const { request } = operations
    const length = IN_HEADER + body.length
    request.fill(0, 0, length)
    request.writeUInt32LE(length, 0)
    request.writeUInt32LE(op, 4)
    request.writeUInt32LE(node, 16)
    request.set(body, IN_HEADER)
    return operations.handle(length, () => undefined)
  }
  const lookUp = (parent: number, name: string): number => {
    t.ok(ask(Op.LOOKUP, parent, utf8(`${name}\0`)) > 0)
    operations.answered()
    return operations.reply.bytes.readUInt32LE(16)
  }
  const open = (node: number): number => ask(Op.OPEN, node, new Uint8Array(8))
  return { tree, inodes: vfs.inodes, operations, lookUp, open, stored: () => fstatSync(kernel).size } // prettier-ignore
}

t.test('an OPEN that waits for something holds no node', async (t) => {
  const { inodes, open } = stage(t)
  const identity = new NodeIdentity()
  const folder = { originLow: 1, originHigh: 2, pathLow: 3, pathHigh: 4 }
  identity.become(folder, false, utf8('file'), new Fingerprint(), false)
  // A listing claimed its size, which is made sure of when it is opened.
  const parent = inodes.acquire(ROOT_ID, identity, 0, new Uint8Array(0), { ...STAT, type: 'directory' }) // prettier-ignore
  const node = inodes.acquire(parent, identity, 0, KEY, STAT, 0)
  for (let i = 0; i < 3; i++) t.equal(open(node), 0, 'it waits')
  inodes.forget(node, 1)
  t.equal(inodes.live, 1, 'the kernel was the last to have it')
})

t.test('an OPEN that fails leaves no open file', async (t) => {
  const memory = reserveOpenFiles(NODES)
  const { inodes, operations, lookUp, open } = stage(t, memory, () => {
    throw new KitError('IO', 'it cannot be noted')
  })
  const node = lookUp(lookUp(ROOT_ID, 'one'), 'file')
  t.ok(open(node) > 0)
  t.equal(operations.reply.errno, EIO)
  operations.answered()
  // Of all words one is not zero: the generation of the node.
  t.same(
    new Int32Array(memory).filter((word) => word !== 0),
    [inodes.generation(node)]
  )
})

t.test('pages are stored by the first OPEN of a node alone', async (t) => {
  const { tree, operations, lookUp, open, stored } = stage(t)
  const node = lookUp(lookUp(ROOT_ID, 'one'), 'file')
  tree.isReady = false
  t.ok(open(node) > 0)
  operations.answered()
  t.equal(stored(), 0, 'there is nothing to store yet')
  tree.isReady = true
  t.ok(open(node) > 0)
  operations.answered()
  t.equal(stored(), 0, 'a READ may be under way, for whose page a store would wait')
})

t.test('the first OPEN stores what is there', async (t) => {
  const { operations, lookUp, open, stored } = stage(t)
  const node = lookUp(lookUp(ROOT_ID, 'one'), 'file')
  t.ok(open(node) > 0)
  operations.answered()
  t.ok(stored() > 0)
})
