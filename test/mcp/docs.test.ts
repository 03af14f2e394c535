/** docs/mcp.md: its table of tools is that of the schemas, and its examples are commands that there are. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import * as z from 'zod'
import { findCommand } from '../../src/cli/commands.js'
import { TOOLS } from '../../src/mcp/tools/all.js'
import { ROOT } from '../support/paths.js'

const document = readFileSync(join(ROOT, 'docs/mcp.md'), 'utf8')

interface Schema {
  readonly properties: Readonly<Record<string, unknown>>
  readonly required?: readonly string[]
}

const rows = TOOLS.map(({ name, title, input, annotations }) => {
  const { properties, required = [] } = z.toJSONSchema(input, { io: 'input' }) as unknown as Schema
  const names = Object.keys(properties).map((one) =>
    required.includes(one) ? `\`${one}\`` : `\`${one}\`?`
  )
  const adds = annotations.idempotentHint ? 'adds content' : 'adds a version'
  const changes = annotations.readOnlyHint ? 'nothing' : adds
  return `| \`${name}\`: ${title} | ${names.join(', ') || 'none'} | ${changes} |`
})

t.test('the table of tools is that of the schemas', async (t) => {
  const [, table = ''] = document.split(/<!-- (?:tools|end) -->/)
  t.same(
    table.split('\n').filter((line) => line.startsWith('| `')),
    rows
  )
})

t.test('examples of configuration are JSON, and name options that there are', async (t) => {
  const { options } = findCommand(['mcp'])!.spec
  const blocks = [...document.matchAll(/```json\n([^]*?)```/g)].map(
    ([, text]) => JSON.parse(text!) as object
  )
  t.equal(blocks.length, 4)
  for (const [flag] of document.matchAll(/--(?:read-only|root|offline)\b/g))
    t.ok(flag.slice(2) in options, flag)
  t.match(JSON.stringify(blocks), '"command":"ipfs-kit"')
})
