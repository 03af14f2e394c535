/** `dataset put`: makes a version of a dataset from files. */
import { formatSize } from '../../config/units.js'
import { KitError } from '../../core/errors.js'
import type { CommittedVersion } from '../../operations/dataset-commit.js'
import type { DatasetSource, InputFormat } from '../../operations/dataset-inputs.js'
import { datasetPut } from '../../operations/dataset-put.js'
import { listOf, valueOf, type Context } from '../context.js'
import { counted } from '../counted.js'
import { namesFrom } from '../values.js'

export async function run(context: Context): Promise<void> {
  const { services, args } = context
  const request = {
    name: args[0]!,
    sources: sourcesIn(args.slice(1)),
    partitionBy: namesFrom(context, 'partition-by') ?? [],
    key: namesFrom(context, 'key') ?? [],
    ...aboutVersion(context)
  }
  answerVersion(context, await datasetPut(services, request, context.run))
}

export const sourcesIn = (paths: readonly string[]): DatasetSource[] =>
  paths.map((path) => (path === '-' ? { stream: process.stdin } : path))

/** What the options say of the version that is made. */
export const aboutVersion = (context: Context) => ({
  inputFormat: valueOf(context, 'input-format') as InputFormat | undefined,
  tags: listOf(context, 'tag'),
  message: valueOf(context, 'message'),
  metadata: metadataFrom(listOf(context, 'meta'))
})

/** @throws USAGE. */
function metadataFrom(words: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    words.map((word) => {
      const at = word.indexOf('=')
      if (at < 1) throw new KitError('USAGE', `--meta takes KEY=VALUE, not "${word}"`)
      return [word.slice(0, at), word.slice(at + 1)]
    })
  )
}

/** Prints the CID of a version; the rest is for people. */
export function answerVersion(context: Context, version: CommittedVersion): void {
  if (context.json) return context.answer(version)
  context.print(version.cid)
  if (context.quiet) return
  const { name, rows, bytes, unchanged } = version
  context.note(`${name}@v${version.version}: ${counted(rows, 'row', 'rows')}, ${formatSize(bytes)}${unchanged ? ', as it was' : ''}`) // prettier-ignore
}
