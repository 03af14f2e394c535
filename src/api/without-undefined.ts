/** Returns the fields that have a value, as requests whose fields are optional want them. */
export const withoutUndefined = <T extends object>(
  fields: T
): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never
