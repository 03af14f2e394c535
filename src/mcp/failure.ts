/** What a tool answers that failed: what happened, and what to do next, as an assistant can do it. */
import type { CallToolResult } from '@modelcontextprotocol/server'
import type { ErrorCode, KitError } from '../core/errors.js'
import { printableText } from '../core/printable.js'

const ADVICE: Partial<Record<ErrorCode, string>> = {
  ABORTED: 'The call was cancelled; call again if the answer is still wanted.',
  ACCESS_DENIED: 'This is not allowed here; ask the user, and do not try another way in.',
  BACKEND_UNAVAILABLE: 'A backend did not answer: try once more later, or look at system_health.',
  BLOCK_NOT_FOUND: 'It is not stored here, and no backend has it; system_health says which backends answer.', // prettier-ignore
  CORRUPT_FORMAT: 'The file is not what it should be; look at its first bytes with ipfs_cat.',
  INTEGRITY: 'The stored bytes are damaged and were not given out; `ipfs-kit fsck` shows the extent.', // prettier-ignore
  INVALID_CID: 'Give a CID, /ipfs/CID/path, /ipns/NAME/path, or an ipfs:// URL.',
  IS_A_DIRECTORY: 'It is a folder: list it with ipfs_ls, or vfs_ls for a path of the tree.',
  LOCKED: 'Another program is changing the home: try again in some seconds.',
  MEMORY_BUDGET: 'Ask for less: fewer columns, a WHERE, an aggregate.',
  NOT_A_DIRECTORY: 'It is a file: read it with ipfs_cat, or vfs_cat for a path of the tree.',
  NO_SPACE: 'The disk or the cache is full; the user must make room.',
  PATH_NOT_FOUND: 'List what there is with ipfs_ls, vfs_ls or parquet_list_datasets.',
  RATE_LIMITED: 'A backend wants fewer requests: wait before the next one.',
  READ_ONLY: 'Nothing can be changed here.',
  TIMEOUT: 'Try once more, or ask for less.',
  TOO_LARGE: 'Send less at a time.'
}

/** Returns the answer of a tool that failed. */
export function failure({ code, message }: KitError): CallToolResult {
  const advice = ADVICE[code]
  const text = `${code}: ${printableText(message)}${advice === undefined ? '' : `\n${advice}`}`
  return { isError: true, content: [{ type: 'text', text }] }
}
