import { fileURLToPath } from 'node:url'

/** The program's own script: engines and supervisors are started with it. */
export const MAIN_SCRIPT = fileURLToPath(new URL('../main.js', import.meta.url))
