// Completes the keys of a query while it is typed. The list comes with the page.
export function queryBox() {
  // Begun by the page of sagas, which has the list of keys.
}
