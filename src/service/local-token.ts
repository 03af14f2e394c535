/** The token of an engine, by which programs of its user show on a port that they are his. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { utf8 } from '../core/bytes.js'
import { replaceFile } from '../core/fs-durable.js'
import { makeRunFolder } from './run-folder.js'

/** Makes another token, in `run/token`, which only this user reads. */
export function newToken(home: string): string {
  const token = randomBytes(32).toString('hex')
  replaceFile(join(makeRunFolder(home), 'token'), utf8(`${token}\n`))
  return token
}
