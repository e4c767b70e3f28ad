/** Where page links lead, and where their pages may lead. */
export interface PageLinkOptions {
  /** Address of the page as customers reach it. Null: the `Host` of the request that asks for a link. */
  readonly publicUrl: string | null;
  /** What a `returnUrl` has to begin with (`isBaseUrl`). Empty: there can be none. */
  readonly returnUrls: readonly string[];
}

/** Injection token. */
export const PAGE_LINK_OPTIONS = Symbol('PAGE_LINK_OPTIONS');
