/** Something that was looked at, whether it is as it should be, and how to mend it. */
export interface Finding {
  readonly check: string
  readonly ok: boolean
  /** Whether mounting is impossible without it. */
  readonly needed: boolean
  readonly found: string
  /** How to mend it. */
  readonly mend: string
}
