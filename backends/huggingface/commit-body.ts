/** The body of a commit: a line of JSON for its message, and one for each change. */

/** A change as the API has it. */
export type HubChange =
  | { readonly key: 'deletedFile'; readonly value: { readonly path: string } }
  | {
      readonly key: 'file'
      readonly value: {
        readonly path: string
        readonly content: string
        readonly encoding: 'base64'
      }
    }
  | {
      readonly key: 'lfsFile'
      readonly value: {
        readonly path: string
        readonly algo: 'sha256'
        readonly oid: string
        readonly size: number
      }
    }

/** Of several changes of one file the last counts. */
export function commitBody(changes: readonly HubChange[]): Uint8Array {
  const last = [...new Map(changes.map((change) => [change.value.path, change])).values()]
  const [first] = last
  const summary =
    last.length === 1
      ? `ipfs-kit: ${first!.key === 'deletedFile' ? 'remove' : 'put'} ${first!.value.path}`
      : `ipfs-kit: ${last.length} changes`
  const lines = [{ key: 'header', value: { summary, description: '' } }, ...last]
  return Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
}
