import { once } from 'node:events';
import { connect } from 'node:net';
import { ANSWER_WAIT_MS, controlAddress, ControlConnection, READY } from './control-connection.js';

/** In characters: a list of very many keys. */
const MAX_ANSWER_LENGTH = 64 * 1024 * 1024;

/** A service is there and does not answer; the message is for whoever has asked. */
export class ControlTimeout extends Error {
  override readonly name = 'DeskSilent';
}

/** Null: no service has the store of this directory open. Rejects with what the system says when it cannot be told. */
export async function connectControl(dataDirectory: string): Promise<ControlConnection | null> {
  const address = controlAddress(dataDirectory);
  if (address === null) return null;
  const socket = connect(address);
  const connection = new ControlConnection(socket, MAX_ANSWER_LENGTH);
  try {
    await once(socket, 'connect');
    return connection;
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
export async function requestControl(
  dataDirectory: string,
  subject: string,
  request: string,
): Promise<string | null> {
  const connection = await connectControl(dataDirectory);
  if (connection === null) return null;
  connection.say(subject);
  const word = await connection.hear(ANSWER_WAIT_MS);
  try {
    if (word !== READY) {
      if (word === null && connection.over) return null;
      throw new ControlTimeout(
        `The service does not answer (waited ${ANSWER_WAIT_MS / 1000} s). Is it stopped or frozen? Nothing was changed.`,
      );
    }
    connection.say(request);
    const answer = await connection.hear(ANSWER_WAIT_MS);
    if (answer !== null) return answer;
    throw new ControlTimeout(
      'The service has not answered. Whether it has done what was asked, "list" shows.',
    );
  } finally {
    connection.hangUp();
  }
}
