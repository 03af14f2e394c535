/** `wal_status`: operations on backends that wait, run and failed. */
import * as z from 'zod'
import { count, LOGGED, loggedOperation, text } from '../../api/schemas.js'
import { walList } from '../../operations/wal-list.js'
import { walStatus } from '../../operations/wal-status.js'
import { NOTICE, noticeField } from '../notice.js'
import { READING, tool } from '../tool.js'

const MOST_FAILURES = 20

export const walStatusTool = tool({
  name: 'wal_status',
  title: 'Operations on backends',
  description:
    'Tells how many operations on backends (storing, removing and verifying copies of pins) wait, run, succeeded and failed, ' +
    `when the next one is due, and the last ${MOST_FAILURES} failures with their reasons.`,
  input: z.strictObject({}),
  output: z.object({
    notice: noticeField,
    operations: z.record(z.enum(LOGGED), count),
    next_due: z.string().nullable().describe('ISO 8601; null where none waits.'),
    log_files: count,
    log_bytes: count,
    failures: z.array(
      loggedOperation
        .pick({ operation_id: true, operation_type: true, error: true, retry_count: true })
        .extend({ backend: text.nullable() })
    )
  }),
  annotations: READING,
  call: async (_, { services, run }) => {
    const { operations, nextDue, log } = await walStatus(services, {}, run)
    const { operations: failed } = await walList(services, { status: 'failed', limit: MOST_FAILURES }, run) // prettier-ignore
    return {
      structured: {
        notice: NOTICE,
        operations: { ...operations },
        next_due: nextDue === null ? null : new Date(nextDue).toISOString(),
        log_files: log.files,
        log_bytes: log.bytes,
        failures: failed.map(({ operation_id, operation_type, backend, error, retry_count }) => ({
          operation_id,
          operation_type,
          backend,
          error,
          retry_count
        }))
      }
    }
  }
})
