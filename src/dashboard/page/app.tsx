/** The shell of the page. */
export function App() {
  return <h1>ipfs-kit</h1>
}
