/** Where things lie in a checkout, seen from the compiled tests (dist/test/support). */
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
export const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url))
export const FIXTURES = `${ROOT}test/fixtures/`
/** Returns the path of a program of this folder. */
export const script = (name: string): string =>
  fileURLToPath(new URL(`./${name}.js`, import.meta.url))
