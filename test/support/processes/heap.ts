import { getHeapSnapshot } from 'node:v8';
import { json } from 'node:stream/consumers';

/** As `v8.getHeapSnapshot` writes it. */
interface Snapshot {
  readonly snapshot: {
    readonly meta: {
      readonly node_fields: readonly string[];
      readonly node_types: readonly [readonly string[]];
    };
  };
  /** One node after the other: as many numbers for each as there are fields. */
  readonly nodes: readonly number[];
}

/** Compiled code and what V8 notes about it and about the shapes of objects: it comes and goes of its own accord, by MiB. */
const ENGINES_OWN = new Set(['code', 'object shape', 'hidden', 'synthetic']);

/** Bytes of all that can still be reached: objects, functions, strings, buffers. */
export async function reachableBytes(): Promise<number> {
  const { snapshot, nodes } = (await json(getHeapSnapshot())) as Snapshot;
  const {
    node_fields: fields,
    node_types: [types],
  } = snapshot.meta;
  const [type, size] = [fields.indexOf('type'), fields.indexOf('self_size')];
  let bytes = 0;
  for (let at = 0; at < nodes.length; at += fields.length) {
    if (!ENGINES_OWN.has(types[nodes[at + type] ?? 0] ?? '')) bytes += nodes[at + size] ?? 0;
  }
  return bytes;
}
