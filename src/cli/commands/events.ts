/** `events`: follows what happens in the engine. */
import { parseDuration } from '../../config/units.js'
import { KitError } from '../../core/errors.js'
import { NEWS_TYPES, type EngineEvent, type NewsType } from '../../operations/events.js'
import { watchEvents } from '../../operations/watch-events.js'
import { listOf, valueOf, type Context } from '../context.js'
import { countFrom, wordFrom } from '../values.js'

export async function run(context: Context): Promise<void> {
  const timeout = valueOf(context, 'timeout')
  const request = {
    types: typesFrom(context),
    after: countFrom(context, 'after'),
    limit: countFrom(context, 'limit'),
    timeoutMs: timeout === undefined ? undefined : parseDuration(timeout)
  }
  const format = wordFrom(context, 'format', ['text', 'ndjson']) ?? 'text'
  if (context.json && request.limit === undefined && request.timeoutMs === undefined)
    throw new KitError('USAGE', '--json prints one document at the end: say when by --limit or --timeout, or take --format ndjson') // prettier-ignore
  const events: EngineEvent[] = []
  for await (const event of watchEvents(context.services, request, context.run))
    if (context.json) events.push(event)
    else if (format === 'ndjson') context.print(JSON.stringify(event))
    else if (event.type !== 'ready') context.print(textOf(event))
  if (context.json) context.answer({ events: events.filter(({ type }) => type !== 'ready') })
}

function typesFrom(context: Context): readonly NewsType[] | undefined {
  const given = listOf(context, 'type')
  return given.length === 0 ? undefined : NEWS_TYPES.filter((type) => given.includes(type))
}

/** Returns time, type, and what the event tells, without what it does not know. */
function textOf({ time, type, ...fields }: EngineEvent): string {
  const told = Object.entries(fields as Record<string, unknown>).flatMap(([key, value]) => {
    if (key === 'id' || value === null || (Array.isArray(value) && value.length === 0)) return []
    return [`${key}=${Array.isArray(value) ? value.join(',') : JSON.stringify(value)}`]
  })
  return [time, type.padEnd(WIDTH), ...told].join('  ')
}

const WIDTH = Math.max(...NEWS_TYPES.map(({ length }) => length))
