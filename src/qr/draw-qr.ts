import { toBuffer, toString } from 'qrcode';

export const QR_FORMATS = ['svg', 'png', 'text', 'json'] as const;
export type QrFormat = (typeof QR_FORMATS)[number];

/** A format in which the QR code is drawn; `json` has the text only. */
type DrawnFormat = Exclude<QrFormat, 'json'>;

export const MEDIA_TYPES: Readonly<Record<QrFormat, string>> = {
  svg: 'image/svg+xml',
  png: 'image/png',
  text: 'text/plain',
  json: 'application/json',
};

/** ISO/IEC 18004 requires a quiet zone of four modules. */
const MARGIN = 4;
const PNG_PIXELS_PER_MODULE = 8;

type Image = string | Buffer;

/** The images of the codes that are shown. They are freed together with the code. */
const images = new WeakMap<object, Map<DrawnFormat, Promise<Image>>>();

/**
 * Draws the value of a code, once for each format. Calls while it is drawn get the same image. A PNG image takes several
 * milliseconds of processor time, which clients that ask for it often would take from all others.
 * @param code the same object as long as the code is shown
 */
export function drawQrOnce(code: { readonly value: string }, format: DrawnFormat): Promise<Image> {
  const known = images.get(code) ?? new Map<DrawnFormat, Promise<Image>>();
  images.set(code, known);
  const image = known.get(format) ?? drawQr(code.value, format);
  known.set(format, image);
  image.catch(() => known.delete(format));
  return image;
}

/** Draws a text as a QR code. The format `text` uses half blocks, light on dark for terminals. */
async function drawQr(value: string, format: DrawnFormat): Promise<Image> {
  switch (format) {
    case 'svg':
      return toString(value, { type: 'svg', errorCorrectionLevel: 'L', margin: MARGIN });
    case 'png':
      return toBuffer(value, {
        type: 'png',
        errorCorrectionLevel: 'L',
        margin: MARGIN,
        scale: PNG_PIXELS_PER_MODULE,
      });
    case 'text':
      return toString(value, {
        type: 'utf8',
        errorCorrectionLevel: 'L',
        margin: MARGIN,
        color: { dark: '#ffffff', light: '#000000' },
      });
  }
}
