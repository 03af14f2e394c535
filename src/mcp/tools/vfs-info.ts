/** `vfs_info`: what lies at a path of the tree that a mount shows. */
import * as z from 'zod'
import { bytes, nodeType } from '../../api/schemas.js'
import { treeStat } from '../../operations/tree-stat.js'
import { NOTICE, noticeField } from '../notice.js'
import { FETCHING, tool } from '../tool.js'
import { treePath } from '../tree-path.js'

export const vfsInfo = tool({
  name: 'vfs_info',
  title: 'Look at a path of the tree',
  description:
    'Tells what lies at a path of the tree that a mount shows: type, size, time, CID, whether it can change, where its bytes ' +
    'are and which backend they came from. A symlink is told as itself, with its target.',
  input: z.strictObject({ path: treePath }),
  output: z.object({
    notice: noticeField,
    type: nodeType,
    size: bytes,
    mode: z.string().nullable().describe('Four octal digits; null for the usual ones.'),
    mtime: z.string().nullable().describe('ISO 8601.'),
    immutable: z.boolean().describe('Whether it stays as it is for ever.'),
    target: z.string().nullable().describe('Where a symlink leads.'),
    cid: z.string().nullable(),
    tier: z
      .string()
      .nullable()
      .describe(
        'Where its first block lies: local, memory, disk, or none where it would be fetched.'
      ),
    origin: z.string().nullable().describe('The backend that it came from, or local.')
  }),
  annotations: FETCHING,
  call: async ({ path }, { services, run }) => {
    const { isFixed, ...found } = await treeStat(services, { path }, run)
    return { structured: { notice: NOTICE, ...found, immutable: isFixed } }
  }
})
