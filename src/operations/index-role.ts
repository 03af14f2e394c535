/** The role of this node among those that share their indexes, by the file of its configuration, as its engine reads it. */
import { loadConfig } from '../config/config.js'
import type { Role } from '../metadata/role.js'

/** @throws CONFIG_INVALID. */
export const indexRole = (home: string): Role => loadConfig(home)['metadata.role']
