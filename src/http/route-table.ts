/** Routes by their paths: a path of its own goes before what it begins with, a longer prefix before a shorter one. */
import type { HttpRoute } from './http-call.js'

export class RouteTable {
  readonly #exact = new Map<string, HttpRoute>()
  readonly #prefixes: readonly HttpRoute[]

  /** @param routes the first of several with the same path counts. */
  constructor(routes: readonly HttpRoute[]) {
    for (const route of routes)
      if (!route.path.endsWith('/') && !this.#exact.has(route.path))
        this.#exact.set(route.path, route)
    this.#prefixes = routes
      .filter(({ path }) => path.endsWith('/'))
      .sort((a, b) => b.path.length - a.path.length)
  }

  find(path: string): HttpRoute | undefined {
    return this.#exact.get(path) ?? this.#prefixes.find((route) => path.startsWith(route.path))
  }
}
