/** `ipfs_cat`: a part of a file of the content. */
import * as z from 'zod'
import { KitError } from '../../core/errors.js'
import { cat } from '../../operations/cat.js'
import { nodeAt } from '../../operations/node-at.js'
import { contentPath, contentUri, lastName } from '../content-path.js'
import { boundedLength, collected, partAnswer, partInput, partOutput } from '../file-part.js'
import { FETCHING, tool } from '../tool.js'

export const ipfsCat = tool({
  name: 'ipfs_cat',
  title: 'Read a file by CID',
  description:
    'Reads a file of content-addressed storage: text as text, other bytes as base64. A large file comes in parts: ' +
    'the answer says how many bytes there are in all, and `next_offset` is the offset to go on with. Missing content ' +
    'is fetched from the backends of this home. For tables use parquet_query_datasets instead, for folders ipfs_ls.',
  input: z.strictObject({ path: contentPath, ...partInput }),
  output: z.object({ cid: z.string(), ...partOutput }),
  annotations: FETCHING,
  call: async ({ path, offset, length }, { services, run }) => {
    const { cid, type, size } = await nodeAt(services, { path }, run)
    if (type === 'directory') throw new KitError('IS_A_DIRECTORY', `${path} is a folder`)
    const request = { path: `/ipfs/${cid}`, offset, length: boundedLength(length) }
    const bytes = await collected(cat(services, request, run))
    const part = partAnswer({ uri: contentUri(cid), path, name: lastName(path), size, offset, bytes }) // prettier-ignore
    return { ...part, structured: { cid, ...part.structured } }
  }
})
