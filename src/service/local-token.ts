/** The token of an engine, by which programs of its user show on a port that they may read its files. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { utf8 } from '../core/bytes.js'
import { replaceFile } from '../core/fs-durable.js'
import { makeRunFolder } from './run-folder.js'

/** Makes another token. @returns the path of its file, which only this user reads. */
export function newTokenFile(home: string): string {
  const path = join(makeRunFolder(home), 'token')
  replaceFile(path, utf8(`${randomBytes(32).toString('hex')}\n`))
  return path
}
