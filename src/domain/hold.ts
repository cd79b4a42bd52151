/** That a hold is on, and what ends it. `nodes`: names of those whose reverted definitions it waits to see changed. */
export function holdText(nodes: readonly string[]): string {
  const named = nodes.length > 5 ? `${nodes.slice(0, 5).join(', ')} and ${nodes.length - 5} more` : nodes.join(', ');
  const commit =
    nodes.length === 0 ? '' : `a commit corrects or reverts ${nodes.length > 1 ? 'all of ' : ''}${named}, or `;
  return `A hold stops deploy and promote until ${commit}somebody ends it: lastgreen hold --release --reason TEXT`;
}
