/** A bucket of CAR files and blocks on a server that speaks S3. */
import type { Clock } from '../../src/core/clock.js'
import { FilesBackend, type FilesBackendTools } from '../files/files-backend.js'
import type { Secrets } from '../secrets.js'
import { S3Hosts } from './hosts.js'
import { S3Objects } from './objects.js'
import type { S3Settings } from './options.js'

export interface S3Tools extends FilesBackendTools {
  readonly clock?: Clock | undefined
}

export class S3Backend extends FilesBackend {
  constructor(name: string, settings: S3Settings, secrets: Secrets, tools: S3Tools = {}) {
    const hosts = new S3Hosts(settings, secrets, tools.clock)
    super(name, 's3', (skipped) => new S3Objects(settings, hosts, secrets, skipped), tools)
  }
}
