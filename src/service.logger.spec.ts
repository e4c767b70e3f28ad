import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ServiceLogger } from './service.logger.js';

let printed: string;

beforeEach(() => {
  printed = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
});
afterEach(() => {
  jest.restoreAllMocks();
});

describe('the log of the service', () => {
  it.each(['InstanceLoader', 'NestApplication', 'NestFactory', 'RouterExplorer', 'RoutesResolver'])(
    'takes what %s says at the start for debug',
    (context) => {
      new ServiceLogger({ logLevels: ['log'], json: false }).log('mapped', context);
      expect(printed).toBe('');
      new ServiceLogger({ logLevels: ['log', 'debug'], json: false }).log('mapped', context);
      expect(printed).toContain('DEBUG');
    },
  );

  it('prints what others say', () => {
    new ServiceLogger({ logLevels: ['log'], json: false }).log('ready', 'Service');
    expect(printed).toContain('ready');
  });

  it('can print one JSON object a line', () => {
    const logger = new ServiceLogger({ logLevels: ['log'], json: true });
    logger.log('ready\nsteady', 'Service');
    const [line = '', rest] = printed.split('\n');
    expect([JSON.parse(line), rest]).toEqual([
      expect.objectContaining({ level: 'log', message: 'ready\nsteady', context: 'Service' }),
      '',
    ]);
  });
});
