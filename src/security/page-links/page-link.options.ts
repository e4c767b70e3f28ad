/** Options of page links: address of the page, and permitted targets of its `returnUrl`. */
export interface PageLinkOptions {
  /** Address of the page for customers. Null: the `Host` of the request that creates the link. */
  readonly publicUrl: string | null;
  /** Permitted prefixes of a `returnUrl` (`isBaseUrl`). Empty: no `returnUrl` is permitted. */
  readonly returnUrls: readonly string[];
  /** Internal: smaller limits for tests. */
  readonly limits?: Partial<PageLinkLimits> | undefined;
}

/** Maximum numbers of page links. All links are in memory, at about 2 KiB each. */
export interface PageLinkLimits {
  /** Open links per key; without keys, in total. Default 10,000. */
  readonly open: number;
  /** Ended links. Beyond this number, the oldest are deleted before their 30 days are over. Default 10,000. */
  readonly ended: number;
}

export const DEFAULT_PAGE_LINK_LIMITS: PageLinkLimits = { open: 10_000, ended: 10_000 };

/** Injection token of the options. */
export const PAGE_LINK_OPTIONS = Symbol('PAGE_LINK_OPTIONS');
