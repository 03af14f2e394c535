/** Answers GETXATTR and LISTXATTR: attributes answer by name, and none is listed. */
import type { Vfs } from '../../../../vfs/vfs.js'
import { ENODATA, EOPNOTSUPP, ERANGE } from '../../errno.js'
import { errnoResult } from './outcome.js'
import { IN_HEADER } from './protocol.js'
import type { Reply } from './reply.js'

/** The attributes as one thread answers for them. */
export class ExtendedAttributes {
  readonly #vfs: Vfs
  readonly #request: Buffer
  readonly #reply: Reply

  constructor(vfs: Vfs, request: Buffer, reply: Reply) {
    this.#vfs = vfs
    this.#request = request
    this.#reply = reply
  }

  /** Bytes that the caller has room for; 0 where it asks for the length. */
  get #size(): number {
    return this.#request.readUInt32LE(IN_HEADER)
  }

  get(node: number, length: number): number {
    const name = this.#request.subarray(IN_HEADER + 8, length - 1)
    // EOPNOTSUPP makes `ls -l` stop requesting these for the whole mount (README.md).
    const text = name.toString('latin1')
    if (text.startsWith('security.') || text.startsWith('system.')) return errnoResult(EOPNOTSUPP)
    const value = this.#vfs.getxattr(node, name)
    if (value === undefined) return errnoResult(ENODATA)
    if (this.#size === 0) return this.#length(value.length)
    if (value.length > this.#size) return errnoResult(ERANGE)
    this.#reply.put(0, value)
    return value.length
  }

  list(): number {
    return this.#size === 0 ? this.#length(0) : 0
  }

  /** Writes struct fuse_getxattr_out with the length of a value. */
  #length(bytes: number): number {
    this.#reply.u64(0, bytes)
    return 8
  }
}
