import { controlAddress } from './control-address.js';
import { ControlCall, ControlTimeout } from './control-call.js';

/** Sends commands to the service that has the store of a data directory open. */
export class ControlClient {
  constructor(private readonly dataDirectory: string) {}

  /**
   * Sends `POST path`. The service carries it out only if this client is still connected when the service reads it.
   * @returns the body of the answer; null: no service runs, it is shutting down, or it does not know the path
   * @throws ControlTimeout after 5 s, with a message that says whether the command may have been carried out · the
   * system's error when the socket cannot be reached
   */
  async request(path: string, body: string): Promise<string | null> {
    const call = this.call(path);
    if (call === null) return null;
    let isAccepted = false;
    try {
      isAccepted = (await call.accepted()) === 100;
      if (!isAccepted) return null;
      const answer = await call.send(body);
      if (answer?.status === 200) return answer.body;
    } catch (error) {
      if (!(error instanceof ControlTimeout)) throw error;
      if (!isAccepted) throw new ControlTimeout(`${error.message} Nothing was changed.`, { cause: error });
    } finally {
      call.close();
    }
    throw new ControlTimeout(
      'The service has not answered. Run "list" to see whether it has carried out the command.',
    );
  }

  /**
   * Begins `POST path` for a caller that controls each step and closes the call. Returns null when there can be no
   * socket.
   */
  call(path: string): ControlCall | null {
    const address = controlAddress(this.dataDirectory);
    return address === null ? null : new ControlCall(address, path);
  }
}
