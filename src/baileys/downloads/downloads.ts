import { isIP, type LookupFunction } from 'node:net';
import type { WASocket } from '@whiskeysockets/baileys';
import type { Dispatcher } from 'undici';
import { DownloadRefused } from '../baileys.errors.js';
import { BoundedResponse } from './bounded-response.js';
import type { DownloadSettings } from './download-options.js';
import { GivenAddresses, type Rule } from './given-addresses.js';
import { isPrivateAddress } from './private-address.js';
import { Agent, BaseDispatcher } from './undici-classes.js';

/** One for each kind of address. A proxy takes the place of all; then only the rule for hosts applies. */
type Connections = Readonly<Record<Rule['kind'], Dispatcher>>;

/** The downloads of all sockets of a gateway, which share connections. */
export class Downloads {
  private readonly connections: Connections;

  constructor(private readonly settings: DownloadSettings) {
    const { timeoutMs, ca } = settings;
    const limits = { headersTimeout: 0, bodyTimeout: 0 };
    // Set explicitly: NODE_TLS_REJECT_UNAUTHORIZED changes Node's default.
    const connect = { rejectUnauthorized: true, timeout: timeoutMs, ...(ca !== null && { ca }) };
    const lookup = publicLookup(settings);
    this.connections = {
      whatsapp: new Agent({ ...limits, connect: { ...connect, lookup } }),
      host: new Agent({ ...limits, connect }),
      redirected: new Agent({ ...limits, connect: { ...connect, lookup } }),
    };
  }

  /**
   * Returns the dispatcher for Baileys' `options` of one socket. `watch` learns the addresses that the host application
   * gives in messages of this socket.
   */
  forSocket(): { readonly dispatcher: Dispatcher; watch(socket: Pick<WASocket, 'sendMessage'>): void } {
    const given = new GivenAddresses(this.settings.outgoing);
    return {
      dispatcher: new DownloadDispatcher(this.settings, given, this.connections),
      watch: (socket) => {
        given.watch(socket);
      },
    };
  }

  async close(): Promise<void> {
    await Promise.all(Object.values(this.connections).map((connection) => connection.destroy()));
  }
}

/**
 * An address is WhatsApp's or a peer's, unless the host application gave it for the message that it is sending. It
 * must be `https:` and of an allowed host, which is checked after the URL is parsed: Baileys only concatenates host and
 * path. It is not redirected, and leads to a public address, which is checked when the connection is made. So a name
 * that changes its address does not help.
 * Every download is bounded in bytes and in time, from the request to the last byte.
 */
class DownloadDispatcher extends BaseDispatcher {
  constructor(
    private readonly settings: DownloadSettings,
    private readonly given: GivenAddresses,
    private readonly connections: Connections,
  ) {
    super();
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    // Concatenated: resolved against the origin, a path with two slashes would name another host.
    const url = new URL(`${new URL(options.origin ?? '').origin}${options.path}`);
    const rule = this.given.find(url) ?? this.whatsappRule();
    const response = new BoundedResponse(handler, rule, (location) => {
      this.given.redirect(url, location);
    });
    const fault = this.faultOf(url, rule);
    if (fault === null) return this.connections[rule.kind].dispatch(options, response);
    response.refuse(new DownloadRefused(fault));
    return true;
  }

  private faultOf(url: URL, { kind }: Rule): string | null {
    const { hosts, privateAddresses } = this.settings;
    if (kind === 'host') return null;
    // No lookup resolves an address.
    const address = url.hostname.replace(/^\[|\]$/g, '');
    const isAddress = isIP(address) !== 0;
    if (kind === 'redirected') {
      const isRefused = isAddress && isPrivateAddress(address) && !privateAddresses.includes(address);
      return isRefused ? 'it was redirected to a private address' : null;
    }
    if (url.protocol !== 'https:') return 'the address is not https';
    return !isAddress && hosts.some((host) => matches(url.hostname, host))
      ? null
      : 'the host is not WhatsApp’s';
  }

  private whatsappRule(): Rule {
    const { maxBytes, timeoutMs } = this.settings;
    return { kind: 'whatsapp', maxBytes, deadlineMs: performance.now() + timeoutMs, redirects: 0 };
  }
}

function matches(hostname: string, allowed: string): boolean {
  return allowed.startsWith('*.') ? hostname.endsWith(allowed.slice(1)) : hostname === allowed;
}

/** Resolves names, and refuses private addresses that are not allowed. */
function publicLookup({ lookup, privateAddresses }: DownloadSettings): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error) {
        callback(error, []);
        return;
      }
      const addresses = typeof found === 'string' ? [{ address: found, family: isIP(found) }] : found;
      const [first] = addresses;
      const isRefused = addresses.some(
        ({ address }) => isPrivateAddress(address) && !privateAddresses.includes(address),
      );
      if (isRefused) callback(new DownloadRefused('the host has a private address'), []);
      else if (!first) callback(new DownloadRefused('the host has no address'), []);
      else if (options.all) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}
