/** Where page links lead, and where their pages may lead. */
export interface PageLinkOptions {
  /** Address of the page as customers reach it. Null: the `Host` of the request that asks for a link. */
  readonly publicUrl: string | null;
  /** What a `returnUrl` has to begin with (`isBaseUrl`). Empty: there can be none. */
  readonly returnUrls: readonly string[];
  /** Internal: smaller limits for tests. */
  readonly limits?: Partial<PageLinkLimits> | undefined;
}

/** How many page links there can be. All of them are in memory, at about 2 KiB each. */
export interface PageLinkLimits {
  /** Open at the same time that were made with the same key; without keys, in all. Default 10,000. */
  readonly open: number;
  /** Kept of those that have ended; the oldest are forgotten before their 30 days are over. Default 10,000. */
  readonly ended: number;
}

export const DEFAULT_PAGE_LINK_LIMITS: PageLinkLimits = { open: 10_000, ended: 10_000 };

/** Injection token. */
export const PAGE_LINK_OPTIONS = Symbol('PAGE_LINK_OPTIONS');
