/** The known name with the fewest letters to change, unless it is another word altogether. */
export function nearestOf(name: string, known: readonly string[]): string | undefined {
  const wanted = name.slice(0, 100).toLowerCase();
  const [best] = known.map((each) => ({ each, distance: editDistance(wanted, each) })).sort((a, b) => a.distance - b.distance);
  return best.distance <= wanted.length / 2 ? best.each : undefined;
}

function editDistance(a: string, b: string): number {
  let row = [...Array(b.length + 1).keys()];
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) next.push(Math.min(next[j - 1] + 1, row[j] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length];
}
