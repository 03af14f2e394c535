/** The limits of one statement of SQL, as the configuration of a home has them. */
import { totalmem } from 'node:os'
import type { Config } from '../config/config.js'
import type { KnownLimits, SqlLimits } from '../query/ports.js'

const LEAST_MEMORY = 512 << 20

/** @param overrides replace values of the configuration. */
export function queryLimitsFrom(config: Config, overrides: SqlLimits = {}): KnownLimits {
  return {
    memoryBytes: overrides.memoryBytes ?? config['query.memory'] ?? usualMemory(),
    deadlineMs: overrides.deadlineMs ?? config['query.timeout'],
    maxTemporaryBytes: overrides.maxTemporaryBytes ?? config['query.temporary']
  }
}

const usualMemory = (): number => Math.max(LEAST_MEMORY, Math.floor(totalmem() / 4))
