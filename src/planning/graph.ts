import type { NodeId } from '../domain/ids.ts';
import type { Manifest, ManifestNode } from '../domain/manifest.ts';

/** The nodes that a node reads directly; sources are none. */
export const parentsOf = (node: ManifestNode, manifest: Manifest): readonly ManifestNode[] =>
  node.dependsOn.nodes.flatMap((id) => manifest.nodes.get(id) ?? []);

/** Every node after all that it reads; among equals in the manifest's order. */
export function parentsFirst(manifest: Manifest): readonly ManifestNode[] {
  const order: ManifestNode[] = [];
  const seen = new Set<NodeId>();
  for (const root of manifest.nodes.values()) {
    // By hand instead of by recursion: chains of thousands of models must not exhaust the stack.
    const stack: { node: ManifestNode; expanded: boolean }[] = [{ node: root, expanded: false }];
    for (let top = stack.pop(); top; top = stack.pop()) {
      if (top.expanded) {
        order.push(top.node);
        continue;
      }
      if (seen.has(top.node.id)) continue;
      seen.add(top.node.id);
      stack.push({ node: top.node, expanded: true });
      const parents = parentsOf(top.node, manifest).filter((parent) => !seen.has(parent.id));
      stack.push(...parents.toReversed().map((node) => ({ node, expanded: false })));
    }
  }
  return order;
}

/** The given nodes and everything that reads them, directly or not; also what reads given sources. */
export function withDownstream(ids: Iterable<NodeId>, manifest: Manifest): ReadonlySet<NodeId> {
  const reached = new Set(ids);
  for (const node of parentsFirst(manifest))
    if (node.dependsOn.nodes.some((parent) => reached.has(parent))) reached.add(node.id);
  return reached;
}
