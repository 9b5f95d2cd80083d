/**
 * Base64 as RFC 4648 section 4 has it, canonical only: padded, no whitespace, unused bits zero. Written
 * here because core relies on no runtime's `Buffer` or `atob`, and both of those accept more.
 */

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const PAD = "=".charCodeAt(0);
const CODES = Uint8Array.from(ALPHABET, (letter) => letter.charCodeAt(0));
const SEXTETS = new Int8Array(128).fill(-1);
CODES.forEach((code, sextet) => {
  SEXTETS[code] = sextet;
});

/** Bytes encoded at once: a multiple of 3, and few enough to pass as arguments. */
const CHUNK_BYTES = 3 * 2048;

/** Characters that encode `byteLength` bytes. */
export function base64Length(byteLength: number): number {
  return 4 * Math.ceil(byteLength / 3);
}

export function encodeBase64(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES) {
    parts.push(encodeChunk(bytes.subarray(start, start + CHUNK_BYTES)));
  }
  return parts.join("");
}

/** The bytes of a text of exactly `base64Length(byteLength)` characters, or null if it is not canonical. */
export function decodeBase64(text: string, byteLength: number): Uint8Array<ArrayBuffer> | null {
  const bytes = new Uint8Array(byteLength);
  const rest = byteLength % 3;
  let at = 0;
  for (let i = 0; i < byteLength - rest; i += 3, at += 4) {
    const group = fourSextets(text, at);
    if (group < 0) return null;
    bytes[i] = group >> 16;
    bytes[i + 1] = group >> 8;
    bytes[i + 2] = group;
  }
  return rest === 0 || decodeTail(text, at, bytes, rest) ? bytes : null;
}

/** What is not canonical about a text that `decodeBase64` refused. */
export function base64Fault(text: string, byteLength: number): string {
  const padding = (3 - (byteLength % 3)) % 3;
  for (let at = 0; at < text.length; at++) {
    const isRight = at < text.length - padding ? sextetAt(text, at) >= 0 : text[at] === "=";
    if (!isRight) return `${JSON.stringify(text[at])} at character ${at}`;
  }
  return "bits set after the last byte";
}

function encodeChunk(bytes: Uint8Array): string {
  const letters = new Uint8Array(base64Length(bytes.length)).fill(PAD);
  let at = 0;
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const second = left > 1 ? bytes[i + 1] : 0;
    const third = left > 2 ? bytes[i + 2] : 0;
    letters[at] = CODES[bytes[i] >> 2];
    letters[at + 1] = CODES[((bytes[i] & 3) << 4) | (second >> 4)];
    if (left > 1) letters[at + 2] = CODES[((second & 15) << 2) | (third >> 6)];
    if (left > 2) letters[at + 3] = CODES[third & 63];
    at += 4;
  }
  return Reflect.apply(String.fromCharCode, null, letters);
}

/** The last one or two bytes; false unless padding and unused bits are as they must be. */
function decodeTail(text: string, at: number, bytes: Uint8Array, rest: number): boolean {
  const padding = rest === 1 ? "==" : "=";
  if (text.slice(at + 4 - padding.length) !== padding) return false;
  const third = rest === 1 ? 0 : sextetAt(text, at + 2);
  const group = (sextetAt(text, at) << 18) | (sextetAt(text, at + 1) << 12) | (third << 6);
  const unusedBits = rest === 1 ? 0xffff : 0xff;
  if (group < 0 || (group & unusedBits) !== 0) return false;
  bytes[bytes.length - rest] = group >> 16;
  if (rest === 2) bytes[bytes.length - 1] = group >> 8;
  return true;
}

/** 24 bits, or a negative number if a character lies outside the alphabet (−1 keeps its sign through the shifts). */
function fourSextets(text: string, at: number): number {
  return (
    (sextetAt(text, at) << 18) |
    (sextetAt(text, at + 1) << 12) |
    (sextetAt(text, at + 2) << 6) |
    sextetAt(text, at + 3)
  );
}

function sextetAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code < 128 ? SEXTETS[code] : -1;
}
