/** Paths of the tree that a mount shows. */
import * as z from 'zod'

export const treePath = z
  .string()
  .min(1)
  .max(4096)
  .regex(/^\//, 'begin with a slash: /ipfs, /datasets, /queries, /metadata')
  .describe(
    'A path from the root of the tree: /ipfs/CID/…, /datasets/NAME/…, /queries/…, /metadata/….'
  )
