/** The result of one check, and how to repair what failed. */
export interface Finding {
  readonly check: string
  readonly ok: boolean
  /** Whether a mount, or something else that was set up, does not work without it. */
  readonly needed: boolean
  readonly found: string
  /** How to repair it. */
  readonly mend: string
}
