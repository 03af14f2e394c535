/** How datasets are named. */
import * as z from 'zod'

export const datasetName = z.string().min(1).max(200).describe('Name of the dataset.')

export const datasetRef = z
  .string()
  .min(1)
  .max(300)
  .describe('NAME for the newest version, NAME@v3 for another, or the CID of a version.')

/** Returns the URI of a version as a resource. */
export const datasetUri = (name: string, version: number): string =>
  `dataset://${encodeURIComponent(name)}/v${version}`
