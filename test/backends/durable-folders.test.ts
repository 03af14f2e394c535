/** Names of folders that several puts need at once. */
import { existsSync } from 'node:fs'
import { join, relative } from 'node:path'
import t from 'tap'
import { DurableFolders } from '../../backends/filesystem/durable-folders.js'
import { tempFolder } from '../support/temp.js'

t.test('whoever finds a folder made does not believe that its name is durable', async (t) => {
  const root = tempFolder(t, 'folders')
  const synced: string[] = []
  const folders = new DurableFolders(root, (path) => {
    synced.push(relative(root, path))
    return Promise.resolve()
  })
  const syncedBy = async (folder: string): Promise<string[]> => {
    synced.length = 0
    await folders.sync(folder)
    return [...synced]
  }
  await folders.make('blocks/ab')
  t.ok(existsSync(join(root, 'blocks/ab')))
  await folders.make('blocks/ab')
  t.same(await syncedBy('blocks/ab'), ['blocks/ab', 'blocks', ''])
  t.same(await syncedBy('blocks/ab'), ['blocks/ab'], 'it is known by now')
  await folders.make('blocks/cd')
  t.same(await syncedBy('blocks/cd'), ['blocks/cd', 'blocks', ''])
  t.same(await syncedBy(''), [''])
})
