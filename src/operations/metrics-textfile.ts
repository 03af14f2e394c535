/** Writes metrics for the textfile collector of Prometheus' node_exporter. */
import { KitError, toKitError } from '../core/errors.js'
import { utf8 } from '../core/bytes.js'
import { replaceFile } from '../core/fs-durable.js'

/** The collector, another user, reads the file at any time: it sees the old text or the new. */
const MODE = 0o644

/** Replaces the file atomically. @throws what writing it throws, naming the file. */
export function writeTextfile(path: string, text: string): void {
  try {
    // The collector takes names that end in .prom alone, so not the temporary one.
    replaceFile(path, utf8(text), MODE)
  } catch (error) {
    const { code, message } = toKitError(error)
    throw new KitError(code, `the metrics cannot be written to ${path}: ${message}`, {
      cause: error
    })
  }
}
