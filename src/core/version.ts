/** The version in package.json, wherever the package lies. */
import { readFileSync } from 'node:fs'

export function packageVersion(): string {
  // dist/src/core → the package's folder.
  const path = new URL('../../../package.json', import.meta.url)
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version
}
