import type { Part } from '../../part.js';
import { showsPhoneCodes } from './phone-codes.js';
import { showsQrCodes } from './qr-codes.js';

export const codes: Part = {
  about: 'QR codes and phone codes',
  async record(start) {
    const recorder = await start();
    await showsQrCodes(recorder);
    await showsPhoneCodes(recorder);
  },
};
