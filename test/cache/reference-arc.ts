/**
 * ARC as the paper writes it, page by page, for equal pages: lists as arrays, nothing clever.
 * Source: Megiddo and Modha, FAST 2003, figure 4. Written apart from src/cache/arc.ts.
 */
export class ReferenceArc {
  readonly #c: number
  t1: number[] = []
  t2: number[] = []
  b1: number[] = []
  b2: number[] = []
  p = 0

  constructor(c: number) {
    this.#c = c
  }

  /** @returns whether the page was in the cache. */
  request(x: number): boolean {
    const c = this.#c
    if (this.t1.includes(x) || this.t2.includes(x)) {
      this.t1 = this.t1.filter((y) => y !== x)
      this.t2 = this.t2.filter((y) => y !== x)
      this.t2.push(x)
      return true
    }
    if (this.b1.includes(x)) {
      this.p = Math.min(c, this.p + Math.max(1, this.b2.length / this.b1.length))
      this.#replace(x)
      this.b1 = this.b1.filter((y) => y !== x)
      this.t2.push(x)
      return false
    }
    if (this.b2.includes(x)) {
      this.p = Math.max(0, this.p - Math.max(1, this.b1.length / this.b2.length))
      this.#replace(x)
      this.b2 = this.b2.filter((y) => y !== x)
      this.t2.push(x)
      return false
    }
    const l1 = this.t1.length + this.b1.length
    if (l1 === c) {
      if (this.t1.length < c) {
        this.b1.shift()
        this.#replace(x)
      } else this.t1.shift()
    } else {
      const all = l1 + this.t2.length + this.b2.length
      if (all >= c) {
        if (all === 2 * c) this.b2.shift()
        this.#replace(x)
      }
    }
    this.t1.push(x)
    return false
  }

  #replace(x: number): void {
    const recent = this.t1.length
    if (recent >= 1 && ((this.b2.includes(x) && recent === this.p) || recent > this.p))
      this.b1.push(this.t1.shift()!)
    else if (this.t2.length > 0) this.b2.push(this.t2.shift()!)
  }
}
