/** Where the files of the streams lie. */
import { join } from 'node:path'
import type { StreamName } from './streams.js'

export const ipcFolder = (home: string): string => join(home, 'ipc')

export const streamPath = (home: string, name: StreamName): string =>
  join(ipcFolder(home), `${name}.arrow`)
