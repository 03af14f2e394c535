/** The tree that a mount shows, without a mount: the same folders, read by the same code. */
import { utf8 } from '../core/bytes.js'
import { KitError } from '../core/errors.js'
import { NotReady } from '../core/not-ready.js'
import { printable } from '../core/printable.js'
import type { Tree, TreeNode } from '../../vfs/tree.js'
import type { ContentView } from './content-view.js'
import type { Run } from './run.js'

/** How often a tree prepares something for one piece of work, and symlinks are followed on one path. */
const MAX_PREPARATIONS = 256
const MAX_LINKS = 16

/** Reads the tree for one operation. */
export class TreeView {
  readonly #view: ContentView
  readonly #root: TreeNode
  readonly #trees: readonly Tree[]
  readonly #signal: AbortSignal

  constructor(view: ContentView, root: TreeNode, trees: readonly Tree[], { signal }: Run) {
    this.#view = view
    this.#root = root
    this.#trees = trees
    this.#signal = signal
  }

  /** As ContentView's, and has the trees prepare what only they can. @throws what work and they throw. */
  async whenReady<T>(work: () => T): Promise<T> {
    for (let times = 0; ; times++)
      try {
        return await this.#view.whenReady(work)
      } catch (error) {
        if (!(error instanceof NotReady) || times === MAX_PREPARATIONS) throw error
        await this.#prepare(error)
      }
  }

  async #prepare(need: NotReady): Promise<void> {
    const { want } = need
    if (want.type !== 'tree') throw need
    const tree = this.#trees.find(({ name }) => name === want.tree)
    if (tree?.prepare === undefined) throw need
    await tree.prepare(want.what, this.#signal)
    // What was made is in the store by now.
    this.#view.reader.refresh()
  }

  /**
   * Returns the node at a path from the root of the tree. Symlinks are followed inside the tree,
   * the last one only where it is said.
   * @throws PATH_NOT_FOUND, NOT_A_DIRECTORY, LINK_LOOP, ACCESS_DENIED for a link that leads out of it.
   */
  async node(path: string, followLast = true): Promise<TreeNode> {
    let names = normalized([], path)
    for (let links = 0; links <= MAX_LINKS; links++) {
      const found = await this.#walk(names, followLast)
      if (!('link' in found)) return found
      names = [...normalized(names.slice(0, found.depth), found.link), ...names.slice(found.depth + 1)] // prettier-ignore
    }
    throw new KitError('LINK_LOOP', `${path} leads through more than ${MAX_LINKS} links`)
  }

  /** Follows names to their node, or to the first symlink on the way. */
  async #walk(
    names: readonly string[],
    followLast: boolean
  ): Promise<TreeNode | { readonly link: string; readonly depth: number }> {
    let node = this.#root
    for (const [depth, name] of names.entries()) {
      const folder = node
      const child = await this.whenReady(() => folder.child(utf8(name)))
      if (child === undefined) throw notFound(names.slice(0, depth + 1))
      node = child
      const isLast = depth === names.length - 1
      if (isLast && !followLast) return node
      if ((await this.whenReady(() => child.stat())).type === 'symlink')
        return { link: await this.#target(child), depth }
    }
    return node
  }

  async #target(node: TreeNode): Promise<string> {
    const target = Buffer.from(await this.whenReady(() => node.readlink())).toString('utf8')
    if (!target.startsWith('/')) return target
    throw new KitError('ACCESS_DENIED', `a link on the way leads to ${printable(utf8(target))}, out of the tree`) // prettier-ignore
  }
}

const notFound = (names: readonly string[]): KitError =>
  new KitError('PATH_NOT_FOUND', `there is no /${printable(utf8(names.join('/')))} in the tree`)

/** Returns the names of a path that begins at others. `..` at the root stays there. */
function normalized(base: readonly string[], path: string): string[] {
  const names = [...base]
  for (const name of path.split('/')) {
    if (name === '' || name === '.') continue
    if (name === '..') names.pop()
    else names.push(name)
  }
  return names
}
