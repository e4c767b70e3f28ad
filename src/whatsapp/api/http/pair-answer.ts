import type { Request, Response } from 'express';
import { assertMayLink, PairRequest, pairOptions } from '../dto/pair.request.dto.js';
import type { PairingService } from '../../pairing.service.js';
import { respond } from './answer.js';
import { callerOf, canSeeCodes, onRevoked } from './caller.js';
import { readBody } from './read-request.js';
import { StrictValidationPipe } from './strict-validation.pipe.js';

const PAIR = new StrictValidationPipe(PairRequest);

/** Starts the pairing that is asked for; by phone number it waits for the code, for as long as the caller may have it. */
export async function respondToPair(
  request: Request,
  response: Response,
  pairing: PairingService,
): Promise<void> {
  const { onlyPhone = null } = callerOf(request);
  const asked = await readBody(request, PAIR, (body) => {
    assertMayLink(body, onlyPhone);
  });
  const waiting = new AbortController();
  const letGo = onRevoked(request, (reason) => {
    waiting.abort(reason);
  });
  const { accountId, phoneNumber } = asked;
  const options = { ...pairOptions(asked, onlyPhone), signal: waiting.signal };
  const { status, pairingCode } = await pairing.pair(accountId, options).finally(letGo);
  respond(response, {
    ok: true,
    accountId,
    status,
    ...(phoneNumber === undefined ? {} : { pairingCode: canSeeCodes(request) ? pairingCode : null }),
  });
}
