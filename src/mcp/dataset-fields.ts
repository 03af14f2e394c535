/** How datasets are named. */
import { datasetName as anyName, datasetRef as anyRef } from '../api/schemas.js'

export const datasetName = anyName.max(200).describe('Name of the dataset.')

export const datasetRef = anyRef
  .max(300)
  .describe('NAME for the newest version, NAME@v3 for another, or the CID of a version.')

/** Returns the URI of a version as a resource. */
export const datasetUri = (name: string, version: number): string =>
  `dataset://${encodeURIComponent(name)}/v${version}`
