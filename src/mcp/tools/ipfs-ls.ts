/** `ipfs_ls`: the entries of a folder of the content. */
import * as z from 'zod'
import { count, entry } from '../../api/schemas.js'
import { ls } from '../../operations/ls.js'
import { contentPath } from '../content-path.js'
import { cursorInput, cursorOutput, positionOf } from '../listing.js'
import { NOTICE, noticeField } from '../notice.js'
import { FETCHING, tool } from '../tool.js'

const shown = entry.pick({ name: true, cid: true, type: true, size: true, problem: true }).extend({
  size: entry.shape.size.describe('Bytes of a file; null for what is not known.'),
  problem: entry.shape.problem.describe('Why type and size are not known.')
})

export const ipfsLs = tool({
  name: 'ipfs_ls',
  title: 'List a folder by CID',
  description:
    'Lists a folder of content-addressed storage: name, type, size and CID of each entry. A large folder comes in pages: ' +
    'pass `next_cursor` back as `cursor`. A file is listed as itself. Read a file with ipfs_cat at CID/name.',
  input: z.strictObject({ path: contentPath, ...cursorInput }),
  output: z.object({
    notice: noticeField,
    entries: z.array(shown),
    total: count.describe('Entries of the whole folder.'),
    ...cursorOutput
  }),
  annotations: FETCHING,
  call: async ({ path, cursor, limit }, { services, run }) => {
    const { entries, total, next } = await ls(services, { path, from: positionOf(cursor), limit }, run) // prettier-ignore
    return {
      structured: {
        notice: NOTICE,
        entries: entries.map(({ name, type, size, cid, problem }) => ({ name, type, size, cid, problem })), // prettier-ignore
        total,
        next_cursor: next === null ? null : String(next)
      }
    }
  }
})
