/** All tools, in the order in which they are listed. */
import type { Tool } from '../tool.js'
import { ipfsCat } from './ipfs-cat.js'
import { ipfsLs } from './ipfs-ls.js'

export const TOOLS: readonly Tool[] = [ipfsCat, ipfsLs]
