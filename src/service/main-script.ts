import { fileURLToPath } from 'node:url'

/** The program's own script, with which engines and supervisors are started. */
export const MAIN_SCRIPT = fileURLToPath(new URL('../main.js', import.meta.url))
