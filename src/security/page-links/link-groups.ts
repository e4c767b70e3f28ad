import type { LoadedPageLink } from './loaded-page-link.js';

/** Links, grouped by a property that never changes. */
export class LinkGroups<K> {
  private readonly groups = new Map<K, Set<LoadedPageLink>>();

  constructor(private readonly keyOf: (link: LoadedPageLink) => K) {}

  add(link: LoadedPageLink): void {
    const key = this.keyOf(link);
    const group = this.groups.get(key) ?? new Set();
    this.groups.set(key, group.add(link));
  }

  delete(link: LoadedPageLink): void {
    const key = this.keyOf(link);
    const group = this.groups.get(key);
    if (group?.delete(link) && group.size === 0) this.groups.delete(key);
  }

  of(key: K): ReadonlySet<LoadedPageLink> {
    return this.groups.get(key) ?? new Set();
  }
}
