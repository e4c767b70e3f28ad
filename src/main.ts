import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { createApp } from './app.setup.js';
import { ConfigInvalid, loadConfig } from './config/load-config.js';

async function start(): Promise<void> {
  const config = loadConfig();
  const app = await createApp(config);
  await app.listen(config.PORT, config.HOST);
  const address = await app.getUrl();
  new Logger('Service').log(
    `Ready. Open ${address}/docs, call POST /api/whatsapp/pair, then scan ${address}/api/whatsapp/pair/qr with WhatsApp › Linked devices.`,
  );
}

start().catch((error: unknown) => {
  // What the person who starts the service can act on is a message; anything else is a fault of ours and needs its stack.
  console.error(error instanceof ConfigInvalid ? error.message : error);
  process.exit(1);
});
