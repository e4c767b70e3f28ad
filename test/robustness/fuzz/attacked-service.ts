import { PATIENT, SHORT_TIMINGS, SOON_ALONE } from '../../support/processes/service-timings.js';
import type { Answer } from '../../support/processes/service-process.js';
import type { ApiDocument } from '../../support/openapi/api-document.js';
import { eventually } from '../../support/eventually.js';
import { TestEnvironment } from '../../support/processes/test-environment.js';
import type { CredentialHolders } from './credentials.js';
import type { Material } from './fuzz-request.js';
import { CONFIGURED, FORBIDDEN, KEYS, linkHolder, canAccess, OWNER, type Holder } from './holders.js';
import type { AuditEntry } from './expected-audit.js';
import { routesOf } from './routes.js';
import type { Secret } from './answer-checker.js';
import { CODE_WAIT_MS } from '../../support/time/time-limit.js';

/** Phone numbers that no caller may see. */
const PHONES = { linked: '4915155501234', ofLink: '4915155505678', ofShopLink: '4915155507890' };

/** Accounts that the callers may pair and disconnect. */
const CHANGEABLE = [
  ...Array.from({ length: 10 }, (_, n) => `shop-${n}`),
  'shop-',
  'default',
  'store-1',
  '__proto__',
];

interface CreatedLink {
  readonly linkId: string;
  readonly url: string;
}

/**
 * The attacked service, with keys, links and accounts. Some accounts are forbidden for all callers; the owner key sees
 * all.
 */
export class AttackedService {
  private constructor(
    readonly setup: TestEnvironment,
    readonly material: Material,
    readonly secrets: readonly Secret[],
  ) {}

  static async start(): Promise<AttackedService> {
    const setup = await TestEnvironment.create({
      // The codes stay valid for the whole run.
      timings: {
        ...SHORT_TIMINGS,
        ...PATIENT,
        ...SOON_ALONE,
        firstCodeMs: 600_000,
        sessionLimitMs: 600_000,
        codeWaitMs: 3_000,
      },
      nodeArgs: ['--expose-gc'],
      environment: { WHATSAPP_API_KEYS: CONFIGURED, WHATSAPP_RETURN_URLS: 'https://ok.example' },
    });
    const owner = ownerOf(setup);
    const qr = async (accountId: string): Promise<string> => {
      await owner('POST', 'pair', { accountId });
      const answer = await owner('GET', `pair/qr?accountId=${accountId}&format=json&waitMs=${CODE_WAIT_MS}`);
      return (answer.body as { value: string }).value;
    };
    const linkFor = async (accountId: string, expectedPhoneNumber?: string): Promise<CreatedLink> =>
      (await owner('POST', 'links', { accountId, expiresInSeconds: 3_600, expectedPhoneNumber })).body;
    await setup.simulator.control.scan({ phone: PHONES.linked, qr: await qr(FORBIDDEN.linked) });
    await eventually(
      async () =>
        ((await owner('GET', `status?accountId=${FORBIDDEN.linked}`)).body as { status: string }).status ===
        'connected',
      20_000,
      () => 'the account is not linked',
    );
    const code = await qr(FORBIDDEN.pairing);
    const hidden = await linkFor(FORBIDDEN.withLink, PHONES.ofLink);
    const narrow = await linkFor('shop-2', PHONES.ofShopLink);
    const wide = await linkFor('shop-3');
    const revocable = [await linkFor('shop-4'), await linkFor('shop-5'), await linkFor('shop-6')];
    const links = [linkHolder(narrow.url, 'shop-2'), linkHolder(wide.url, 'shop-3')];
    const others = [OWNER, linkHolder(hidden.url, FORBIDDEN.withLink)];
    const holders: CredentialHolders = { holders: [...KEYS, ...links], others, hashes: [OWNER, ...KEYS] };
    const document = (await setup.service.call('GET', '/docs-json')).body as ApiDocument;
    const material: Material = {
      routes: routesOf(document),
      holders,
      ids: { revocable: revocable.map(({ linkId }) => linkId), hidden: [hidden.linkId] },
    };
    return new AttackedService(setup, material, secretsOf(holders, code));
  }

  owner(method: string, path: string, body?: object): Promise<Answer> {
    return ownerOf(this.setup)(method, path, body);
  }

  /** The state that no caller may change. */
  async protectedState(): Promise<readonly unknown[]> {
    const { setup } = this;
    const { devices } = await setup.simulator.control.state();
    const ids = Object.values(FORBIDDEN);
    const { accounts } = (await this.owner('GET', 'accounts?limit=200')).body as {
      accounts: readonly { accountId: string }[];
    };
    // In sequence: parallel calls would leave further keep-alive connections open.
    const seen: object[] = [];
    for (const path of ['status', 'pair', 'links']) {
      for (const id of ids) seen.push((await this.owner('GET', `${path}?accountId=${id}`)).body);
    }
    return [
      seen,
      accounts.filter(({ accountId }) => !CHANGEABLE.includes(accountId)),
      devices.map(({ phone, logins }) => [phone, logins]),
    ];
  }

  /** Disconnects all accounts that the callers may have paired. */
  async endSessions(): Promise<void> {
    for (const accountId of CHANGEABLE) await this.owner('POST', 'disconnect', { accountId });
  }

  /** Returns the whole audit trail. */
  async audit(): Promise<AuditEntry[]> {
    const entries: AuditEntry[] = [];
    for (let before: number | null = Number.MAX_SAFE_INTEGER; before !== null;) {
      const answer = await this.owner('GET', `audit?limit=200&before=${before}`);
      const page = answer.body as { entries: AuditEntry[]; next: number | null };
      entries.push(...page.entries);
      before = page.next;
    }
    return entries;
  }

  close(): Promise<void> {
    return this.setup.close();
  }
}

function ownerOf(setup: TestEnvironment): (method: string, path: string, body?: object) => Promise<Answer> {
  return (method, path, body) =>
    setup.service.call(method, `/api/whatsapp/${path}`, body, { authorization: `Bearer ${OWNER.text}` });
}

/** Returns both halves of a secret, so that a leak of one half, or of an altered secret, is found as well. */
function halves(text: string): string[] {
  const secret = text.slice(text.lastIndexOf('_', 13) + 1);
  return [secret.slice(0, 20), secret.slice(-20)];
}

function secretsOf({ holders, others, hashes }: CredentialHolders, code: string): Secret[] {
  const isPublic = (accountId: string) => (holder: Holder) =>
    holder.scopes.includes('read') && canAccess(holder, accountId);
  return [
    ...[...holders, ...others].flatMap(({ name, text }) =>
      halves(text).map((half) => ({ what: `the secret of ${name}`, text: half })),
    ),
    ...hashes.flatMap(({ name, hash }) =>
      hash
        .split('.')
        .slice(1)
        .map((part) => ({ what: `the hash of ${name}`, text: part })),
    ),
    { what: 'the QR code of another account', text: code },
    { what: 'the phone number of another account', text: PHONES.linked, isFor: isPublic(FORBIDDEN.linked) },
    { what: 'the expected phone number of another account’s page link', text: PHONES.ofLink },
    { what: 'the expected phone number of a page link', text: PHONES.ofShopLink, isFor: isPublic('shop-2') },
  ];
}
