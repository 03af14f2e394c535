/** `vfs_ls`: a folder of the tree that a mount shows. */
import * as z from 'zod'
import { entry } from '../../api/schemas.js'
import { treeList } from '../../operations/tree-list.js'
import { cursorInput, cursorOutput, positionOf } from '../listing.js'
import { NOTICE, noticeField } from '../notice.js'
import { FETCHING, tool } from '../tool.js'
import { treePath } from '../tree-path.js'

export const vfsLs = tool({
  name: 'vfs_ls',
  title: 'List a folder of the tree',
  description:
    'Lists a folder of the tree that a mount shows, whether or not it is mounted: /ipfs (pinned content, any CID can be ' +
    'entered), /datasets/NAME/VERSION (Parquet files), /queries (saved queries; NAME.csv is the result), /metadata (what is ' +
    'known of content). A large folder comes in pages: pass `next_cursor` back as `cursor`.',
  input: z.strictObject({ path: treePath.default('/'), ...cursorInput }),
  output: z.object({
    notice: noticeField,
    entries: z.array(
      entry
        .pick({ name: true, type: true })
        .extend({ size: entry.shape.size.describe('Bytes; null for folders.') })
    ),
    ...cursorOutput
  }),
  annotations: FETCHING,
  call: async ({ path, cursor, limit }, { services, run }) => {
    const { entries, next } = await treeList(services, { path, from: positionOf(cursor), limit }, run) // prettier-ignore
    return {
      structured: {
        notice: NOTICE,
        entries: entries.map(({ name, type, size }) => ({ name, type, size })),
        next_cursor: next === null ? null : String(next)
      }
    }
  }
})
