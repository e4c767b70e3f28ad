import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type AccountAnswers, changesBetween, snapshotOf } from './account-snapshot.js';
import { accountId } from '../../domain/account-id.js';
import { ACCOUNT_STATES } from '../../domain/account.js';
import { FAILURE_CODES, USER_ACTIONS } from '../../domain/failure.js';
import { type PairingStep, withoutCodes } from '../../domain/pairing.js';

const ID = accountId('sales');

const date = fc.option(fc.constantFrom(new Date(0), new Date(1e12)));
const failure = fc.option(
  fc.record({
    code: fc.constantFrom(...FAILURE_CODES.slice(0, 3)),
    message: fc.constant('Why.'),
    userAction: fc.constantFrom(...USER_ACTIONS.slice(0, 2)),
  }),
);
const step = fc.option(
  fc.record({
    type: fc.constantFrom('qr' as const, 'code' as const),
    value: fc.constantFrom('CODE-1', 'CODE-2'),
    sequence: fc.constantFrom(1, 2),
    of: fc.constant(6),
    expiresAt: fc.constant(new Date(2e12)),
  }),
);
/** Any combination of answers, also those that the service never gives. */
const answers: fc.Arbitrary<AccountAnswers> = fc
  .record({
    status: fc.record({
      accountId: fc.constant(ID),
      status: fc.constantFrom(...ACCOUNT_STATES),
      authExists: fc.boolean(),
      serviceConnected: fc.boolean(),
      servicePhone: fc.option(fc.constantFrom('1', '2')),
    }),
    startedAt: date,
    step,
    error: failure,
    linkedAt: date,
    lastConnectedAt: date,
    lastError: failure,
    cannotReadMessages: fc.boolean(),
  })
  .map(({ status, startedAt, step: shown, error, ...link }) => ({
    status,
    pairing: {
      accountId: ID,
      status: status.status,
      startedAt,
      expiresAt: startedAt,
      step: shown,
      qr: shown?.type === 'qr' ? shown : null,
      pairingCode: shown?.type === 'code' ? shown.value : null,
      error,
    },
    account: { ...status, ...link, unreadableMessages: 0 },
  }));

const blank: AccountAnswers = {
  status: { accountId: ID, status: 'idle', authExists: false, serviceConnected: false, servicePhone: null },
  pairing: {
    accountId: ID,
    status: 'idle',
    startedAt: null,
    expiresAt: null,
    step: null,
    qr: null,
    pairingCode: null,
    error: null,
  },
  account: {
    accountId: ID,
    status: 'idle',
    authExists: false,
    serviceConnected: false,
    servicePhone: null,
    linkedAt: null,
    lastConnectedAt: null,
    lastError: null,
    unreadableMessages: 0,
    cannotReadMessages: false,
  },
};

interface Payload {
  readonly status?: object;
  readonly pairing?: object;
  readonly account?: object;
}

/** The answers to callers that may not see codes. */
const codeless = (answers: AccountAnswers): object => ({
  ...answers,
  pairing: withoutCodes(answers.pairing),
});

/** The state of a client that had the answers `before` and applies the messages. */
function after(
  before: object,
  changes: ReturnType<typeof changesBetween>,
  form: 'payload' | 'codelessPayload' = 'payload',
): object {
  let { status, pairing, account } = JSON.parse(JSON.stringify(before)) as Required<Payload>;
  for (const change of changes) {
    const event = JSON.parse(`{${change[form]}}`) as Payload;
    status = event.status ?? status;
    pairing = event.pairing ?? pairing;
    account = { ...(event.account ?? account), ...event.status };
  }
  return { status, pairing, account };
}

const typesBetween = (before: AccountAnswers, next: AccountAnswers): string[] =>
  changesBetween(snapshotOf(before), snapshotOf(next)).map(({ type }) => type);

describe('changesBetween', () => {
  it('the messages between two snapshots lead a client from the first to the second', () => {
    fc.assert(
      fc.property(answers, answers, (before, next) => {
        const changes = changesBetween(snapshotOf(before), snapshotOf(next));
        expect(after(before, changes)).toEqual(JSON.parse(JSON.stringify(next)));
        expect(after(codeless(before), changes, 'codelessPayload')).toEqual(
          JSON.parse(JSON.stringify(codeless(next))),
        );
      }),
    );
  });

  it('the messages without codes contain no code, and differ only where there is one', () => {
    fc.assert(
      fc.property(answers, answers, (before, next) => {
        const { step } = next.pairing;
        for (const { payload, codelessPayload } of changesBetween(snapshotOf(before), snapshotOf(next))) {
          expect(codelessPayload).not.toContain('CODE');
          if (step === null) expect(codelessPayload).toBe(payload);
        }
      }),
    );
  });

  it('the messages lead a client that does not know the account to its current state', () => {
    fc.assert(
      fc.property(answers, (next) => {
        const changes = changesBetween(null, snapshotOf(next));
        // A blank account with a number, a session or a step cannot occur: the service guarantees that.
        fc.pre(!snapshotOf(next).isBlank || next.status.servicePhone === null);
        fc.pre(!snapshotOf(next).isBlank || (next.pairing.startedAt === null && next.pairing.step === null));
        expect(after(blank, changes)).toEqual(JSON.parse(JSON.stringify(next)));
      }),
    );
  });

  it('equal snapshots cause no messages, and an unknown account without state causes none', () => {
    fc.assert(
      fc.property(answers, (same) => {
        expect(changesBetween(snapshotOf(same), snapshotOf(structuredClone(same)))).toEqual([]);
      }),
    );
    expect(snapshotOf(blank).isBlank).toBe(true);
    expect(changesBetween(null, snapshotOf(blank))).toEqual([]);
  });

  it('a new or renewed step causes a step message, and a step that ended causes a status message', () => {
    const shown: PairingStep = { type: 'qr', value: 'one', sequence: 1, of: 6, expiresAt: new Date(1) };
    const showing = (next: Partial<PairingStep> | null): AccountAnswers => ({
      ...blank,
      pairing: { ...blank.pairing, step: next && { ...shown, ...next } },
    });
    expect(typesBetween(blank, showing({}))).toEqual(['qr']);
    expect(typesBetween(showing({}), showing({}))).toEqual([]);
    expect(typesBetween(showing({}), showing({ value: 'redrawn' }))).toEqual(['qr']);
    expect(typesBetween(showing({}), showing(null))).toEqual(['status']);
    const code = { ...blank, pairing: { ...blank.pairing, step: { ...shown, type: 'code' as const } } };
    expect(typesBetween(showing({}), code)).toEqual(['code']);
  });

  it('the error message comes before the status message, and the status message before the connection message', () => {
    const error = { code: 'unlinked_by_phone', message: 'Gone.', userAction: 'scan_again' } as const;
    const status = { ...blank.status, status: 'error' } as const;
    const failed: AccountAnswers = {
      status,
      pairing: { ...blank.pairing, status: 'error', error },
      account: { ...blank.account, ...status, lastError: error },
    };
    expect(typesBetween(blank, failed)).toEqual(['error', 'status', 'connection']);
    expect(typesBetween(failed, blank)).toEqual(['status', 'connection']);
    const other = { ...error, message: 'Gone for good.' };
    expect(typesBetween(failed, { ...failed, pairing: { ...failed.pairing, error: other } })).toEqual([
      'error',
    ]);
  });
});
