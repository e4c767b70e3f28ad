/** Deletes the oldest entries until at most `most` are left. */
export function deleteOldest<K>(entries: Set<K> | Map<K, unknown>, most: number): void {
  for (const key of entries.keys()) {
    if (entries.size <= most) return;
    entries.delete(key);
  }
}
