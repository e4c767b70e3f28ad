import { describe, expect, it } from '@jest/globals';
import { drawQrOnce } from './draw-qr.js';

/** Longer than a QR code can hold. */
const TOO_LONG = 'x'.repeat(3_000);

describe('drawQrOnce', () => {
  it.each(['svg', 'png', 'text'] as const)(
    'a code is drawn once as %s, also for calls while it is drawn',
    async (format) => {
      const code = { value: 'a code' };
      const images = await Promise.all([drawQrOnce(code, format), drawQrOnce(code, format)]);
      images.push(await drawQrOnce(code, format));
      expect(new Set(images).size).toBe(1);
      expect(drawQrOnce(code, format)).toBe(drawQrOnce(code, format));
    },
  );

  it('each format and each code has its own image', async () => {
    const one = { value: 'one code' };
    const other = { value: 'another code' };
    const images = await Promise.all([
      drawQrOnce(one, 'svg'),
      drawQrOnce(one, 'text'),
      drawQrOnce(other, 'svg'),
      drawQrOnce(other, 'text'),
    ]);
    expect(new Set(images).size).toBe(4);
  });

  it('two codes with the same value do not share an image', async () => {
    const [one, other] = await Promise.all([
      drawQrOnce({ value: 'same' }, 'png'),
      drawQrOnce({ value: 'same' }, 'png'),
    ]);
    expect(one).not.toBe(other);
    expect(one).toEqual(other);
  });

  it('a drawing that failed is tried again', async () => {
    const code = { value: TOO_LONG };
    const first = drawQrOnce(code, 'svg');
    await expect(first).rejects.toThrow(/too big/);
    const second = drawQrOnce(code, 'svg');
    expect(second).not.toBe(first);
    await expect(second).rejects.toThrow(/too big/);
  });
});
