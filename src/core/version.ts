/** Reads the version in package.json. */
import { readFileSync } from 'node:fs'

export function packageVersion(): string {
  // This module is in dist/src/core, three folders below the package's.
  const path = new URL('../../../package.json', import.meta.url)
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version
}
