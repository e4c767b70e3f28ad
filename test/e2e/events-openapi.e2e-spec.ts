import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { operationsOf, SchemaCheck, type ApiDocument } from '../support/api-document.js';
import { messageAsDocumented } from '../support/documented-value.js';
import { EventClient } from '../support/event-client.js';
import { World } from '../support/world.js';

let world: World;

beforeAll(async () => {
  world = await World.create();
});
afterAll(() => world.close());

describe('the events of the document', () => {
  it('are those that are told, each as it is described', async () => {
    const document: ApiDocument = (await world.service.call('GET', '/docs-json')).body;
    const operation = operationsOf(document).find(({ operationId }) => operationId === 'events');
    const schema = operation?.responses['200']?.content?.['text/event-stream']?.schema;
    expect(operation?.parameters.map(({ name, in: place }) => `${place} ${name}`)).toEqual([
      'query accountId',
      'header Last-Event-ID',
    ]);
    const check = new SchemaCheck(document);
    const client = await EventClient.open(world.service.url);
    await world.link('told');
    await world.service.disconnect('told');
    await world.service.pair('told', { phoneNumber: world.newPhone() });
    await world.service.breakStore({ openSocket: true });
    await world.service.pair('told');
    const types = ['code', 'connection', 'error', 'qr', 'snapshot', 'status'];
    await client.until(
      (messages) => types.every((type) => messages.some((message) => message.type === type)),
      'one of each',
    );
    for (const message of client.messages)
      expect([message, check.faults(schema ?? {}, messageAsDocumented(message))]).toEqual([message, []]);
    expect([...new Set(client.messages.map(({ type }) => type))].sort()).toEqual(types);
    // What is not like that is found.
    const [snapshot] = client.messages;
    const wrong = { ...snapshot, id: '', data: { ...snapshot?.data, more: 'yes' } };
    expect(check.faults(schema ?? {}, messageAsDocumented({ ...wrong, type: 'snapshot' }))).not.toEqual([]);
    client.hangUp();
  });
});
