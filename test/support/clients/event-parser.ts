/** A message as `EventSource` would dispatch it. */
export interface EventMessage {
  readonly id: string;
  readonly type: string;
  readonly data: string;
}

/** Parses a stream of events by the rules of the HTML standard (9.2.6, "Interpreting an event stream"). */
export class EventParser {
  readonly messages: EventMessage[] = [];
  /** The lines of every message, and of blocks that only set `id` or `retry`. Comments are left out. */
  readonly blocks: string[][] = [];
  lastEventId = '';
  retryMs: number | null = null;
  comments = 0;
  private rest = '';
  private lines: string[] = [];
  private type = '';
  private data: string[] = [];
  private idBuffer = '';

  take(text: string): void {
    const lines = (this.rest + text).split(/\r\n|\n|\r/);
    this.rest = lines.pop() ?? '';
    for (const line of lines) this.line(line);
  }

  private line(line: string): void {
    if (line === '') {
      this.dispatch();
      return;
    }
    if (line.startsWith(':')) {
      this.comments += 1;
      return;
    }
    this.lines.push(line);
    const [, field = '', value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (field === 'event') this.type = value;
    else if (field === 'data') this.data.push(value);
    else if (field === 'id' && !value.includes('\0')) this.idBuffer = value;
    else if (field === 'retry' && /^\d+$/.test(value)) this.retryMs = Number(value);
  }

  private dispatch(): void {
    if (this.lines.length > 0) this.blocks.push(this.lines);
    this.lines = [];
    this.lastEventId = this.idBuffer;
    const { type, data, lastEventId: id } = this;
    this.type = '';
    this.data = [];
    if (data.length > 0) this.messages.push({ id, type: type || 'message', data: data.join('\n') });
  }
}
