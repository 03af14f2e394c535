/** Returns four octal digits of a mode; null where there is none. */
export const modeText = (mode: number | undefined): string | null =>
  mode === undefined ? null : (mode & 0o7777).toString(8).padStart(4, '0')
