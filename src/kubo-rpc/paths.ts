/** Paths of content in arguments, as Kubo reads them: never a file of this machine. */
import { Cid } from '../core/cid.js'
import { isKitError, KitError } from '../core/errors.js'

/** Returns a path below `/ipfs/` or `/ipns/`. @throws INVALID_CID with Kubo's text. */
export function contentPath(text: string): string {
  const [, scheme, rest] = /^(ipfs|ipns):\/\/(.*)$/s.exec(text) ?? []
  if (scheme !== undefined) return contentPath(`/${scheme}/${rest}`)
  if (!text.startsWith('/')) return bareCid(text)
  const [, namespace, root = ''] = text.split('/')
  if (namespace !== 'ipfs' && namespace !== 'ipns')
    throw invalid(text, `unknown namespace "${namespace}"`)
  if (root === '') throw invalid(text, 'path does not have enough components')
  if (namespace === 'ipfs') checkCid(text, root)
  return text
}

function bareCid(text: string): string {
  try {
    Cid.parse(text.split('/')[0]!)
  } catch (error) {
    if (isKitError(error)) throw invalid(text, 'path does not have enough components')
    throw error
  }
  return `/ipfs/${text}`
}

function checkCid(path: string, root: string): void {
  try {
    Cid.parse(root)
  } catch (error) {
    if (!isKitError(error)) throw error
    throw invalid(path, `invalid cid: ${error.message}`)
  }
}

const invalid = (path: string, reason: string): KitError =>
  new KitError('INVALID_CID', `invalid path ${JSON.stringify(path)}: ${reason}`)
