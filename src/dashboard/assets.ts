/** The files of the page, which the build makes: documents, a script, a style and a picture. */
import { KitError } from '../core/errors.js'
import type { HttpCall } from '../http/http-call.js'
import { sendPageFile } from '../http/page-file.js'

const FOLDER = new URL('page/', import.meta.url)

/** Where the page is; its files are below. */
export const PAGE = '/dashboard/'

/** Names of files, none of which leads elsewhere. */
const NAME = /^[a-z-]+\.(?:html|js|css|svg)$/

/** @throws PATH_NOT_FOUND. */
export async function sendAsset(
  call: HttpCall,
  name = call.path.slice(PAGE.length) || 'index.html',
  status = 200
): Promise<void> {
  if (!NAME.test(name)) throw new KitError('PATH_NOT_FOUND', `there is nothing at ${call.path}`)
  await sendPageFile(call, new URL(name, FOLDER), "'none'", status)
}
