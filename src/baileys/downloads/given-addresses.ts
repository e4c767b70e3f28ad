import type { WASocket } from '@whiskeysockets/baileys';
import type { DownloadLimits } from './download-options.js';

/** The limits of one download. */
export interface Rule {
  /** Whose address it is: WhatsApp's or a peer's, one that the host application gave, or a redirect from that. */
  readonly kind: 'whatsapp' | 'host' | 'redirected';
  readonly maxBytes: number;
  /** On the monotonic clock. */
  readonly deadlineMs: number;
  readonly redirects: number;
}

/** The content of a message nests its media no deeper. */
const DEEPEST = 4;

/**
 * The addresses that the host application gave in a message, until that message is sent.
 * rc14 uses the same dispatcher for them as for addresses of WhatsApp and of peers.
 */
export class GivenAddresses {
  /** The rules of each address: one for each message that is being sent with it. */
  private readonly rules = new Map<string, Rule[]>();

  constructor(private readonly limits: DownloadLimits & { readonly redirects: number }) {}

  /** Registers the addresses of every message that the socket sends from now on. */
  watch(socket: Pick<WASocket, 'sendMessage'>): void {
    const { sendMessage } = socket;
    socket.sendMessage = async (jid, content, options) => {
      const rule = this.newRule();
      const urls = httpAddresses(content);
      for (const url of urls) this.add(url, rule);
      try {
        return await sendMessage(jid, content, options);
      } finally {
        for (const url of urls) this.remove(url, rule);
      }
    };
  }

  find(url: URL): Rule | undefined {
    return this.rules.get(addressOf(url))?.at(-1);
  }

  /** Registers the target of a redirect, within the limits of the first address. */
  redirect(from: URL, location: string): void {
    const rule = this.find(from);
    if (!rule || !URL.canParse(location, from.href)) return;
    const target = addressOf(new URL(location, from));
    const redirected: Rule = { ...rule, kind: 'redirected', redirects: rule.redirects - 1 };
    this.add(target, redirected);
    setTimeout(() => {
      this.remove(target, redirected);
    }, rule.deadlineMs - performance.now()).unref();
  }

  private add(address: string, rule: Rule): void {
    this.rules.set(address, [...(this.rules.get(address) ?? []), rule]);
  }

  private remove(address: string, rule: Rule): void {
    const left = (this.rules.get(address) ?? []).filter((other) => other !== rule);
    if (left.length > 0) this.rules.set(address, left);
    else this.rules.delete(address);
  }

  private newRule(): Rule {
    const { maxBytes, timeoutMs, redirects } = this.limits;
    return { kind: 'host', maxBytes, deadlineMs: performance.now() + timeoutMs, redirects };
  }
}

/** A request has no fragment. */
function addressOf(url: URL): string {
  return url.origin + url.pathname + url.search;
}

/** Returns the `url` of every media in the content. */
function httpAddresses(content: unknown, depth = 0): string[] {
  if (typeof content !== 'object' || content === null || depth > DEEPEST) return [];
  if (content instanceof Uint8Array) return [];
  return Object.entries(content).flatMap(([name, value]: [string, unknown]) => {
    if (name !== 'url') return httpAddresses(value, depth + 1);
    const text = value instanceof URL ? value.href : value;
    if (typeof text !== 'string' || !URL.canParse(text)) return [];
    return /^https?:$/.test(new URL(text).protocol) ? [addressOf(new URL(text))] : [];
  });
}
