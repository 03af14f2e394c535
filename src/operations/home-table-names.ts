/** Names of the tables that every home has of itself. */
export const HOME_TABLES = ['pins', 'pin_mappings', 'backends', 'cache', 'wal', 'datasets', 'dataset_versions', 'metadata'] as const // prettier-ignore

export type HomeTableName = (typeof HOME_TABLES)[number]
