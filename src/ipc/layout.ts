/** Where the files of the streams lie. */
import { join } from 'node:path'
import type { StreamName } from './streams.js'

export const ipcFolder = (home: string): string => join(home, 'ipc')

export const streamPath = (home: string, name: StreamName): string =>
  join(ipcFolder(home), `${name}.arrow`)

/** Returns the folder of versions of datasets, each under its CID. */
export const versionsFolder = (home: string): string => join(ipcFolder(home), 'datasets')
