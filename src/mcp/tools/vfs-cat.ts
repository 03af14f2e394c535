/** `vfs_cat`: a part of a file of the tree that a mount shows. */
import * as z from 'zod'
import { treeRead } from '../../operations/tree-read.js'
import { contentUri, lastName } from '../content-path.js'
import { boundedLength, partAnswer, partInput, partOutput } from '../file-part.js'
import { FETCHING, tool } from '../tool.js'
import { treePath } from '../tree-path.js'

export const vfsCat = tool({
  name: 'vfs_cat',
  title: 'Read a file of the tree',
  description:
    'Reads a file of the tree that a mount shows, such as /queries/NAME.csv (the result of a saved query), ' +
    '/metadata/CID.json, or /ipfs/CID/path: text as text, other bytes as base64, a large file in parts by `next_offset`.',
  input: z.strictObject({ path: treePath, ...partInput }),
  output: z.object({
    cid: z.string().nullable().describe('CID of the file; null for what no CID names.'),
    ...partOutput
  }),
  annotations: FETCHING,
  call: async ({ path, offset, length }, { services, run }) => {
    const request = { path, offset, length: boundedLength(length) }
    const { size, cid, bytes } = await treeRead(services, request, run)
    const uri = cid === null ? `vfs://${encodeURI(path)}` : contentUri(cid)
    const part = partAnswer({ uri, path, name: lastName(path), size, offset, bytes })
    return { ...part, structured: { cid, ...part.structured } }
  }
})
