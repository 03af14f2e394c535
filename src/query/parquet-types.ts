/** Types of Arrow that Parquet has none of, as the nearest that it has: the writer would leave bare numbers of them. */
import {
  Data,
  DataType,
  DateDay,
  Dictionary,
  Field,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  TimeMillisecond,
  TimestampMillisecond,
  TimeUnit,
  Vector
} from 'apache-arrow'

/** Returns a schema whose times are ms at the coarsest, and whose days are days. */
export const storableSchema = (schema: Schema): Schema =>
  new Schema(schema.fields.map(storableField), schema.metadata)

/** Returns a batch as `storableSchema` has it. */
export function storableBatch(batch: RecordBatch, schema: Schema): RecordBatch {
  const children = batch.data.children.map(storableData)
  const type = new Struct(schema.fields)
  return new RecordBatch(schema, makeData({ type, length: batch.numRows, nullCount: 0, children }))
}

const storableField = (field: Field): Field =>
  new Field(field.name, storableType(field.type), field.nullable, field.metadata)

function storableType(type: DataType): DataType {
  if (DataType.isTimestamp(type) && type.unit === TimeUnit.SECOND) return new TimestampMillisecond(type.timezone) // prettier-ignore
  if (DataType.isTime(type) && type.unit === TimeUnit.SECOND) return new TimeMillisecond()
  if (DataType.isDate(type)) return new DateDay()
  if (DataType.isDictionary(type)) return new Dictionary(storableType(type.dictionary as DataType), type.indices, type.id, type.isOrdered) // prettier-ignore
  if (!isNested(type)) return type
  const own = Object.create(Object.getPrototypeOf(type) as object) as DataType
  return Object.assign(own, type, { children: type.children.map(storableField) })
}

const isNested = (type: DataType): type is DataType & { readonly children: readonly Field[] } =>
  !DataType.isDictionary(type) && (type.children as readonly Field[] | null | undefined ?? []).length > 0 // prettier-ignore

function storableData(data: Data): Data {
  const type = storableType(data.type)
  const { offset, length, nullCount } = data
  if (data.dictionary !== undefined) {
    const dictionary = new Vector(data.dictionary.data.map(storableData))
    return new Data(type, offset, length, nullCount, data.buffers, [], dictionary)
  }
  if (isNested(type)) {
    const children = data.children.map(storableData)
    return data.clone(type, offset, length, nullCount, data.buffers, children)
  }
  const values = valuesOf(data)
  if (values === undefined) return data
  const buffers = [data.valueOffsets, values, data.nullBitmap, data.typeIds]
  return data.clone(type, offset, length, nullCount, buffers as unknown as Data['buffers'], []) // prettier-ignore
}

/** Returns the values of a type that is stored as another one. */
function valuesOf({ type, values }: Data): Int32Array | BigInt64Array | undefined {
  if (DataType.isTimestamp(type) && type.unit === TimeUnit.SECOND) return (values as BigInt64Array).map((one) => one * 1000n) // prettier-ignore
  if (DataType.isTime(type) && type.unit === TimeUnit.SECOND) return (values as Int32Array).map((one) => one * 1000) // prettier-ignore
  if (!DataType.isDate(type) || values instanceof Int32Array) return undefined
  return Int32Array.from(values as BigInt64Array, (one) => Math.floor(Number(one) / 86_400_000))
}
