import { once } from 'node:events';
import { connect } from 'node:net';
import { ANSWER_WAIT_MS, deskAddress, DeskLine, READY } from './desk-line.js';

/** In characters: a list of very many keys. */
const LONGEST_ANSWER = 64 * 1024 * 1024;

/** A service is there and does not answer; the message is for whoever has asked. */
export class DeskSilent extends Error {
  override readonly name = 'DeskSilent';
}

/** Null: no service has the store of this directory open. Rejects with what the system says when it cannot be told. */
export async function callDesk(dataDirectory: string): Promise<DeskLine | null> {
  const address = deskAddress(dataDirectory);
  if (address === null) return null;
  const socket = connect(address);
  const line = new DeskLine(socket, LONGEST_ANSWER);
  try {
    await once(socket, 'connect');
    return line;
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    // Nobody has ever listened there, or it was killed.
    if (code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'ENOTSOCK' || code === 'ENOTDIR')
      return null;
    throw error;
  }
}

/**
 * Asks the running service something.
 * @returns its answer; null: no service runs here, or one that has hung up before it has heard the request, because it is
 * just ending or does not know the subject
 * @throws DeskSilent
 */
export async function askDesk(
  dataDirectory: string,
  subject: string,
  request: string,
): Promise<string | null> {
  const line = await callDesk(dataDirectory);
  if (line === null) return null;
  line.say(subject);
  const word = await line.hear(ANSWER_WAIT_MS);
  try {
    if (word !== READY) {
      if (word === null && line.over) return null;
      throw new DeskSilent(
        `The service does not answer (waited ${ANSWER_WAIT_MS / 1000} s). Is it stopped or frozen? Nothing was changed.`,
      );
    }
    line.say(request);
    const answer = await line.hear(ANSWER_WAIT_MS);
    if (answer !== null) return answer;
    throw new DeskSilent('The service has not answered. Whether it has done what was asked, "list" shows.');
  } finally {
    line.hangUp();
  }
}
