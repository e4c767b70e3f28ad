import { lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';

/** The limits of one download. */
export interface DownloadLimits {
  /** The most bytes of a body. */
  readonly maxBytes: number;
  /** The time limit from the request to the last byte, in milliseconds. */
  readonly timeoutMs: number;
}

/**
 * Options of downloads from addresses that WhatsApp or a peer sent: history, app state, received media, profile
 * pictures. They are never redirected.
 */
export interface DownloadOptions extends Partial<DownloadLimits> {
  /**
   * For tests. The host names that are allowed, `*.` for all names below one. Default `*.whatsapp.net` and
   * `*.fbcdn.net`. An IP address is never allowed.
   */
  readonly hosts?: readonly string[] | undefined;
  /** For tests. Resolves the names of hosts, with the signature of `dns.lookup` and `all: true`. Default: it. */
  readonly lookup?: LookupFunction | undefined;
  /** For tests. Addresses that are allowed though they are private or loopback. Default none. */
  readonly privateAddresses?: readonly string[] | undefined;
  /** For tests. The certificates to trust, PEM, instead of Node's. */
  readonly ca?: string | undefined;
}

/** Options of downloads from addresses that the host application gives in a message (`image: { url }`). */
export interface OutgoingMediaOptions extends Partial<DownloadLimits> {
  /** The most redirects. Each must lead to a public address. Default 3. */
  readonly redirects?: number | undefined;
}

/** The options with every default filled in. */
export interface DownloadSettings extends DownloadLimits {
  readonly hosts: readonly string[];
  readonly lookup: LookupFunction;
  readonly privateAddresses: readonly string[];
  readonly ca: string | null;
  readonly outgoing: DownloadLimits & { readonly redirects: number };
}

/** @throws TypeError that names the option */
export function downloadSettingsFrom(
  downloads: DownloadOptions = {},
  outgoing: OutgoingMediaOptions = {},
): DownloadSettings {
  return {
    maxBytes: atLeast(1, 'downloads.maxBytes', downloads.maxBytes ?? 64 * 2 ** 20),
    timeoutMs: atLeast(1, 'downloads.timeoutMs', downloads.timeoutMs ?? 30_000),
    hosts: downloads.hosts ?? ['*.whatsapp.net', '*.fbcdn.net'],
    lookup: downloads.lookup ?? lookup,
    privateAddresses: downloads.privateAddresses ?? [],
    ca: downloads.ca ?? null,
    outgoing: {
      maxBytes: atLeast(1, 'outgoingMedia.maxBytes', outgoing.maxBytes ?? 100 * 2 ** 20),
      timeoutMs: atLeast(1, 'outgoingMedia.timeoutMs', outgoing.timeoutMs ?? 30_000),
      redirects: atLeast(0, 'outgoingMedia.redirects', outgoing.redirects ?? 3),
    },
  };
}

function atLeast(lowest: number, name: string, value: number): number {
  if (!(value >= lowest)) throw new TypeError(`${name} must be a number from ${lowest}.`);
  return value;
}
