/** Rows of an answer in columns, such as of SQL. */
import { valueText } from '../format.js'
import { CidLink } from './parts.js'
import { Table } from './table.js'

export interface Answered {
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  readonly rows: readonly (readonly unknown[])[]
}

const NUMERIC = /^(?:U?(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?|DOUBLE|FLOAT|DECIMAL)/

export const isNumeric = (type: string): boolean => NUMERIC.test(type)

export const Rows = ({ label, answer: { columns, rows } }: { label: string; answer: Answered }) => (
  <Table
    label={label}
    rows={rows}
    empty="No rows."
    columns={columns.map(({ name, type }, index) => ({
      head: name,
      isNumber: isNumeric(type),
      cell: (row: readonly unknown[]) => <Value of={row[index]} />
    }))}
  />
)

const CID = /^(?:Qm[1-9A-HJ-NP-Za-km-z]{44}|b[a-z2-7]{58,})$/

function Value({ of }: { of: unknown }) {
  if (of === null || of === undefined) return <span class="quiet">null</span>
  if (typeof of === 'string') return CID.test(of) ? <CidLink cid={of} /> : <>{of}</>
  return <>{valueText(of)}</>
}
