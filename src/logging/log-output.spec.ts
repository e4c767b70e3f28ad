import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { LogOutput } from './log-output.js';

const MIB = 1024 * 1024;

/** The bytes that the descriptor accepts before it fails with `code`. */
let room: number;
let code: string;
let written: string;
let output: LogOutput;

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['performance'] });
  room = Infinity;
  code = 'EAGAIN';
  written = '';
  output = new LogOutput(
    (bytes) => {
      const taken = bytes.subarray(0, room);
      if (taken.length === 0) throw Object.assign(new Error(code), { code });
      room -= taken.length;
      written += taken.toString();
      return taken.length;
    },
    (lines) => {
      output.write(`dropped ${lines}\n`);
    },
  );
});

afterEach(() => {
  jest.useRealTimers();
});

/** Advances the clock until the output has tried again. */
function wait(): void {
  jest.advanceTimersByTime(20);
}

describe('LogOutput', () => {
  it('a line is written before the call returns', () => {
    output.write('first\n');
    expect(written).toBe('first\n');
  });

  it.each(['EAGAIN', 'ENOSPC', 'EPIPE'])(
    'lines that the descriptor refuses with %s are written later, whole and in order',
    (refusal) => {
      code = refusal;
      room = 3;
      output.write('first\n');
      output.write('second\n');
      expect(written).toBe('fir');
      room = 7;
      wait();
      expect(written).toBe('first\nseco');
      output.write('last\n');
      room = Infinity;
      wait();
      expect(written).toBe('first\nsecond\nlast\n');
    },
  );

  it('lines beyond 1 MiB are dropped, and their number is reported in their place', () => {
    room = 0;
    const line = `${'x'.repeat(1023)}\n`;
    for (let count = 0; count < 1024 + 5; count++) output.write(line);
    room = MIB / 2;
    wait();
    expect(written).toHaveLength(MIB / 2);
    output.write('dropped as well\n');
    room = Infinity;
    wait();
    output.write('last\n');
    expect(written).toBe(`${line.repeat(1024)}dropped 6\nlast\n`);
  });

  it('a line that is longer than 1 MiB is written', () => {
    output.write('x'.repeat(2 * MIB));
    expect(written).toHaveLength(2 * MIB);
  });

  it('flush writes the waiting lines and the report about dropped lines', () => {
    room = 0;
    output.write('x'.repeat(MIB));
    output.write('dropped\n');
    room = Infinity;
    output.flush();
    expect(written.slice(MIB)).toBe('dropped 1\n');
  });

  it('flush waits one second for the reader, and does not wait when the disk is full', () => {
    room = 0;
    output.write('waits\n');
    const began = performance.now();
    output.flush();
    const tookMs = performance.now() - began;
    expect(tookMs).toBeGreaterThan(990);
    expect(tookMs).toBeLessThan(2_000);
    code = 'ENOSPC';
    const again = performance.now();
    output.flush();
    expect(performance.now() - again).toBeLessThan(500);
  });
});
