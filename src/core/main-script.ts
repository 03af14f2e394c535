import { fileURLToPath } from 'node:url'

/** The program's own script, which engines, supervisors and service units run. */
export const MAIN_SCRIPT = fileURLToPath(new URL('../main.js', import.meta.url))
