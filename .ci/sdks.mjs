// Writes what clients in Python and Rust consist of beside their transport, from the schemas of the operations.
import { writeFileSync } from 'node:fs'
import { openApi } from '../dist/src/api/openapi.js'
import { modelOf } from './sdk/model.mjs'
import { pythonClient } from './sdk/python.mjs'
import { rustClient } from './sdk/rust.mjs'

const root = new URL('..', import.meta.url)

/** Returns the files, and what they consist of. */
export function sdks() {
  const model = modelOf(openApi())
  return new Map([
    ['python/ipfs_kit/api.py', pythonClient(model)],
    ['sdks/rust/src/api.rs', rustClient(model)]
  ])
}

if (process.argv[1]?.endsWith('sdks.mjs'))
  for (const [file, text] of sdks()) writeFileSync(new URL(file, root), text)
