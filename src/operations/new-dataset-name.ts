/** Names under which a dataset can be made: those that no other table of SQL has. */
import { KitError } from '../core/errors.js'
import { checkDatasetName } from '../datasets/dataset-name.js'
import { HOME_TABLES } from './home-table-names.js'

/** @throws INVALID_ARGUMENT. */
export function checkNewName(name: string): string {
  // SQL knows no case in names.
  if (HOME_TABLES.some((table) => table === name.toLowerCase()))
    throw new KitError('INVALID_ARGUMENT', `"${name}" is a table that every home has, so that SQL could not reach a dataset of that name; choose another one`) // prettier-ignore
  return checkDatasetName(name)
}
