import type { WhatsappSimulator } from '../whatsapp-simulator.js';

interface Step {
  readonly type: string;
  readonly value: string;
}

interface Pairing {
  readonly accountId: string;
  readonly startedAt: string | null;
  readonly step: Step | null;
}

/** The number of the first phone that scans. Each further account gets the next number. */
const FIRST_NUMBER = 4_915_112_345_678;

/** Plays the user with the phone: scans or types the code that the page shows. */
export class DemoPhone {
  private nextNumber = FIRST_NUMBER;

  constructor(
    private readonly api: string,
    private readonly simulator: WhatsappSimulator,
  ) {}

  /** Scans or types the code of the latest pairing. @returns the result, as a sentence */
  async performNextStep(): Promise<string> {
    const pairing = await this.latestPairing();
    if (!pairing?.step) return 'The page shows no code. Request one there first.';
    const { accountId, step } = pairing;
    const result = step.type === 'code' ? await this.type(step) : await this.scan(step);
    const did = step.type === 'code' ? 'typed the code of' : 'scanned the code of';
    return result.paired
      ? `The phone ${did} “${accountId}” and linked the device ${result.deviceJid}.`
      : `The phone ${did} “${accountId}” but did not link it: ${result.reason}. Request another code on the page.`;
  }

  private scan({ value }: Step): ReturnType<WhatsappSimulator['scan']> {
    const phone = String(this.nextNumber++);
    return this.simulator.scan({ qr: value, phone });
  }

  /** The number is the one that the user entered on the page. The simulator reads it from the latest phone code. */
  private type({ value }: Step): ReturnType<WhatsappSimulator['typeCode']> {
    const codes = this.simulator.state().connections.filter(({ codeFor }) => codeFor !== null);
    const latest = codes.sort((a, b) => a.openedAt.localeCompare(b.openedAt)).at(-1);
    return this.simulator.typeCode({ phone: latest?.codeFor ?? String(FIRST_NUMBER), code: value });
  }

  private async latestPairing(): Promise<Pairing | undefined> {
    const { accounts } = await this.read<{ accounts: { accountId: string; status: string }[] }>('/accounts');
    const pending = accounts.filter(({ status }) => status === 'pending');
    const pairings = await Promise.all(
      pending.map(({ accountId }) => this.read<Pairing>(`/pair?accountId=${accountId}`)),
    );
    const shown = pairings.filter(({ step }) => step !== null);
    return shown.sort((a, b) => (a.startedAt ?? '').localeCompare(b.startedAt ?? '')).at(-1);
  }

  private async read<T>(path: string): Promise<T> {
    return (await (await fetch(this.api + path)).json()) as T;
  }
}
