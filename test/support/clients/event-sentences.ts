import type { EventClient, ReceivedEvent } from './event-client.js';
import { eventually } from '../eventually.js';

/** The content of an event in a few words. */
function sentence({ type, data }: ReceivedEvent): string {
  const { status, pairing, account, error } = data as {
    status?: { status: string; authExists: boolean };
    pairing?: { step: { sequence: number } | null };
    account?: { lastError: { code: string } | null; linkedAt: unknown; lastConnectedAt: unknown };
    error?: { code: string };
  };
  switch (type) {
    case 'status':
      return `status ${status?.status}${status?.authExists ? ', linked' : ''}`;
    case 'error':
      return `error ${error?.code}`;
    case 'connection': {
      const { linkedAt, lastConnectedAt, lastError } = account ?? {};
      const parts = [linkedAt && 'linked', lastConnectedAt && 'connected', lastError && lastError.code];
      return `connection ${parts.filter(Boolean).join(', ')}`;
    }
    default:
      return `${type} ${pairing?.step?.sequence}`;
  }
}

/** Returns a function that waits for an event. It returns all events since its last call, up to that event. */
export function listener(client: EventClient): (last: string) => Promise<string[]> {
  let heard = client.messages.length;
  return async (last) => {
    let news: string[] = [];
    await eventually(
      () => {
        news = client.messages.slice(heard).map(sentence);
        return news.includes(last);
      },
      15_000,
      () => `no "${last}" but ${JSON.stringify(news)}`,
    );
    news = news.slice(0, news.lastIndexOf(last) + 1);
    heard += news.length;
    return news;
  };
}
