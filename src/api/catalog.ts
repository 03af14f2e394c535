/** All operations that programs reach over HTTP. */
import type { ApiOperation } from './api-operation.js'
import { backendOperations } from './operations/backends.js'
import { cacheOperations } from './operations/cache.js'
import { contentOperations } from './operations/content.js'
import { datasetOperations } from './operations/datasets.js'
import { eventOperations } from './operations/events.js'
import { jobOperations } from './operations/jobs.js'
import { logOperations } from './operations/log.js'
import { metadataOperations } from './operations/metadata.js'
import { pinOperations } from './operations/pins.js'
import { queryOperations } from './operations/queries.js'
import { systemOperations } from './operations/system.js'

export const CATALOG: readonly ApiOperation[] = [
  ...contentOperations,
  ...pinOperations,
  ...backendOperations,
  ...datasetOperations,
  ...queryOperations,
  ...metadataOperations,
  ...cacheOperations,
  ...logOperations,
  ...systemOperations,
  ...jobOperations,
  ...eventOperations
]
