/** `ipfs_add`: stores a file that the assistant brings, or files of this machine that it may read. */
import * as z from 'zod'
import { addedRoot, bytes, count } from '../../api/schemas.js'
import { KitError } from '../../core/errors.js'
import { add } from '../../operations/add.js'
import { broughtBytes, broughtInput, streamOf } from '../brought.js'
import { contentUri } from '../content-path.js'
import { ADDING, tool } from '../tool.js'

export const ipfsAdd = tool({
  name: 'ipfs_add',
  title: 'Store a file',
  description:
    'Stores content and returns its CID: give the content itself as `text` or `base64`, or the `path` of a file or folder on ' +
    'the user’s machine, which works only below folders that the user allowed. It is pinned, so that it stays, unless `pin` ' +
    'is false. The same content always has the same CID. For tables use parquet_store_dataframe.',
  input: z.strictObject({
    ...broughtInput,
    name: z
      .string()
      .regex(/^[^/\0]{1,255}$/, 'give a file name without slashes')
      .refine((name) => name !== '.' && name !== '..')
      .optional()
      .describe('Name of a file that is given as text or base64.'),
    wrap: z
      .boolean()
      .default(false)
      .describe('Puts it into a folder, whose CID is returned, so that the name stays with it.'),
    pin: z.boolean().default(true).describe('Keeps it; without a pin, gc may remove it.')
  }),
  output: z.object({
    ...addedRoot.pick({ cid: true, files: true, directories: true }).shape,
    uri: z.string().describe('The resource by which it can be read.'),
    size: bytes.describe('Bytes of all files.'),
    pinned: z.boolean(),
    skipped_hidden: count.describe('Hidden files of a folder, which are left out.')
  }),
  annotations: ADDING,
  call: async (input, { services, run, settings, folders }) => {
    const { name, pin, wrap } = input
    const given = broughtBytes(input)
    if (given === undefined && name !== undefined)
      throw new KitError('INVALID_ARGUMENT', 'a path has a name of its own: leave out `name`')
    const source = given === undefined ? folders.allow(input.path!) : { name: name ?? 'file', stream: streamOf(given) } // prettier-ignore
    const { roots, skippedHidden } = await add(
      services,
      { sources: [source], profile: settings.profile, pin, wrap },
      run
    )
    const { cid, size, files, directories } = roots[0]!
    return {
      structured: { cid, uri: contentUri(cid), size, files, directories, pinned: pin, skipped_hidden: skippedHidden } // prettier-ignore
    }
  }
})
