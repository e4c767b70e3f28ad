import jsQr from 'jsqr';
import sharp from 'sharp';

/** Returns the text of the QR code in a picture. */
export async function readPicture(picture: Buffer): Promise<string | undefined> {
  const { data, info } = await sharp(picture, { density: 300 })
    .resize({ width: 600, kernel: 'nearest' })
    .flatten({ background: 'white' })
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return jsQr.default(new Uint8ClampedArray(data), info.width, info.height)?.data;
}

const PIXELS_PER_MODULE = 4;

/**
 * Returns the text of the QR code in a terminal with light letters on a dark ground. Each letter is two modules, one
 * above the other.
 */
export async function readHalfBlocks(text: string): Promise<string | undefined> {
  const lit = (letter: string): readonly [upper: boolean, lower: boolean] => [
    letter === '█' || letter === '▀',
    letter === '█' || letter === '▄',
  ];
  const rows = text
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => {
      const modules = Array.from(line, lit);
      return [modules.map(([upper]) => upper), modules.map(([, lower]) => lower)];
    });
  const width = Math.max(...rows.map((row) => row.length));
  const pixels = Buffer.from(
    rows.flatMap((row) => Array.from({ length: width }, (_, x) => (row[x] ? 255 : 0))),
  );
  const raw = { width, height: rows.length, channels: 1 } as const;
  const picture = await sharp(pixels, { raw })
    .resize({
      width: width * PIXELS_PER_MODULE,
      height: rows.length * PIXELS_PER_MODULE,
      kernel: 'nearest',
    })
    .extend({ top: 16, bottom: 16, left: 16, right: 16, background: 'white' })
    .png()
    .toBuffer();
  return readPicture(picture);
}
