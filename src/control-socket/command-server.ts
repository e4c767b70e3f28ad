/** Where commands on this machine ask the running service, and nobody else can. */
export abstract class CommandServer {
  /**
   * From now on requests about this subject are answered, several at the same time.
   * @param answer takes and gives one line; does not reject
   */
  abstract answer(subject: string, answer: (request: string) => Promise<string>): void;
}
