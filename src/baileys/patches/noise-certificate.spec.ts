import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Curve, proto, WA_CERT_DETAILS, type KeyPair } from '@whiskeysockets/baileys';
import { ServerUntrusted } from '../baileys.errors.js';
import { enforceCertificateCheck } from './noise-certificate.js';

const { Details } = proto.CertChain.NoiseCertificate;
const NOW_S = Math.floor(Date.now() / 1000);
const VALID = { notBefore: NOW_S - 60, notAfter: NOW_S + 60 };

interface Chain {
  readonly issuer: KeyPair;
  readonly leaf: Uint8Array;
  readonly leafSignature: Uint8Array;
  readonly intermediate: Uint8Array;
  readonly intermediateSignature: Uint8Array;
}

describe('enforceCertificateCheck', () => {
  const root = Curve.generateKeyPair();
  const issuer = Curve.generateKeyPair();
  const server = Curve.generateKeyPair();
  const client = Curve.generateKeyPair();
  let chain: Chain;

  function chainWith(leaf: proto.CertChain.NoiseCertificate.IDetails, intermediate = {}): Chain {
    const leafBytes = Details.encode({
      serial: 2,
      issuerSerial: 1,
      key: server.public,
      ...VALID,
      ...leaf,
    }).finish();
    const details = { serial: 1, issuerSerial: 0, key: issuer.public, ...VALID, ...intermediate };
    const intermediateBytes = Details.encode(details).finish();
    return {
      issuer,
      leaf: leafBytes,
      leafSignature: Curve.sign(issuer.private, leafBytes),
      intermediate: intermediateBytes,
      intermediateSignature: Curve.sign(root.private, intermediateBytes),
    };
  }

  /** Calls the functions in the order of Baileys' `processHandshake`. */
  function handshake({ leaf, leafSignature, intermediate, intermediateSignature }: Chain): boolean {
    Curve.sharedKey(client.private, Curve.generateKeyPair().public);
    Curve.sharedKey(client.private, server.public);
    return (
      Curve.verify(issuer.public, leaf, leafSignature) &&
      Curve.verify(WA_CERT_DETAILS.PUBLIC_KEY, intermediate, intermediateSignature)
    );
  }

  beforeAll(() => {
    enforceCertificateCheck(root.public);
    chain = chainWith({});
  });

  it('the certificate chain of the connected server is accepted', () => {
    expect(handshake(chain)).toBe(true);
  });

  it('wrong certificate signatures are refused', () => {
    expect(() => handshake({ ...chain, leafSignature: chain.intermediateSignature })).toThrow(
      ServerUntrusted,
    );
    expect(() => handshake({ ...chain, intermediateSignature: chain.leafSignature })).toThrow(
      ServerUntrusted,
    );
    expect(() => handshake({ ...chain, leafSignature: Buffer.alloc(0) })).toThrow(ServerUntrusted);
  });

  it('a leaf certificate for another key or from another issuer is refused', () => {
    expect(() => handshake(chainWith({ key: Curve.generateKeyPair().public }))).toThrow('another key');
    expect(() => handshake(chainWith({ key: null }))).toThrow('another key');
    expect(() => handshake(chainWith({ issuerSerial: 9 }))).toThrow('another intermediate');
    expect(() => handshake(chainWith({}, { key: Curve.generateKeyPair().public }))).toThrow(
      'another intermediate',
    );
  });

  it('certificates outside their validity dates, or without an end date, are refused', () => {
    expect(() => handshake(chainWith({ notAfter: NOW_S - 1 }))).toThrow('the leaf certificate has expired');
    expect(() => handshake(chainWith({ notAfter: null }))).toThrow('the leaf certificate has expired');
    expect(() => handshake(chainWith({ notBefore: NOW_S + 30 }))).toThrow(
      'the leaf certificate is not valid yet',
    );
    expect(() => handshake(chainWith({}, { notAfter: NOW_S - 1 }))).toThrow(
      'the intermediate certificate has expired',
    );
  });

  it('every byte and the dates of a known chain are checked again', () => {
    expect(handshake(chain)).toBe(true);
    for (const part of ['leafSignature', 'intermediate', 'intermediateSignature'] as const) {
      for (const at of [0, 31, -1]) {
        const changed = Buffer.from(chain[part]);
        const index = at < 0 ? changed.length + at : at;
        changed.writeUInt8(changed.readUInt8(index) ^ 1, index);
        expect(() => handshake({ ...chain, [part]: changed })).toThrow();
      }
    }
    jest.useFakeTimers({ now: (VALID.notAfter + 1) * 1000 });
    try {
      expect(() => handshake(chain)).toThrow('has expired');
    } finally {
      jest.useRealTimers();
    }
    expect(handshake(chain)).toBe(true);
  });

  it('generated key pairs have the form of Baileys’ own', () => {
    const { private: own, public: shown } = Curve.generateKeyPair();
    expect([own, shown].map((key) => [Buffer.isBuffer(key), key.length])).toEqual([
      [true, 32],
      [true, 32],
    ]);
    const signature = Curve.sign(own, Buffer.from('x'));
    expect(Curve.verify(shown, Buffer.from('x'), signature)).toBe(true);
  });

  it('an intermediate certificate without a checked leaf is refused', () => {
    expect(() =>
      Curve.verify(WA_CERT_DETAILS.PUBLIC_KEY, chain.intermediate, chain.intermediateSignature),
    ).toThrow(ServerUntrusted);
  });

  it('the state of a handshake is dropped when its synchronous run ends', async () => {
    const message = Buffer.from('an ordinary message');
    const signature = Curve.sign(issuer.private, message);
    Curve.sharedKey(client.private, server.public);
    await Promise.resolve();
    expect(Curve.verify(issuer.public, message, signature)).toBe(true);

    Curve.sharedKey(client.private, server.public);
    Curve.verify(issuer.public, chain.leaf, chain.leafSignature);
    await Promise.resolve();
    expect(() =>
      Curve.verify(WA_CERT_DETAILS.PUBLIC_KEY, chain.intermediate, chain.intermediateSignature),
    ).toThrow(ServerUntrusted);
  });

  it('ordinary signatures are verified, which rc14 alone does not do', () => {
    const message = Buffer.from('an ordinary message');
    const signature = Curve.sign(issuer.private, message);
    expect(Curve.verify(issuer.public, message, signature)).toBe(true);
    expect(Curve.verify(client.public, message, signature)).toBe(false);
  });

  it('both sides of sharedKey agree on the same secret', () => {
    expect(Curve.sharedKey(client.private, server.public)).toEqual(
      Curve.sharedKey(server.private, client.public),
    );
  });

  it('the check is installed once, and for one root key per process', () => {
    const { verify } = Curve;
    enforceCertificateCheck(Buffer.from(root.public));
    expect(Curve.verify).toBe(verify);
    expect(() => {
      enforceCertificateCheck();
    }).toThrow('already trusts another WhatsApp root key');
  });
});
