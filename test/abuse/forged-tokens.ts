import { constants, createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** A JWT in the hands of an attacker, and all that is known to everybody. */
export interface Loot {
  readonly token: string;
  /** Another good token, of another session. */
  readonly other: string;
  /** The public key that has signed it. */
  readonly publicKey: KeyObject;
  /** Where the attacker serves keys of their own. */
  readonly evil: string;
}

type Part = Readonly<Record<string, unknown>>;

const encode = (part: Part | string): string =>
  Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');

const decode = (part: string): Part => JSON.parse(Buffer.from(part, 'base64url').toString()) as Part;

const attacker = generateKeyPairSync('rsa', { modulusLength: 2048 });
export const ATTACKERS_JWK: Part = attacker.publicKey.export({ format: 'jwk' }) as Part;

/** A JWS by RS256 over parts that may be any text. */
export const signedWith = (header: Part | string, payload: Part | string, key: KeyObject): string => {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${sign('sha256', Buffer.from(input), key).toString('base64url')}`;
};

const signedByPss = (header: Part, payload: Part): string => {
  const input = `${encode({ ...header, alg: 'PS256' })}.${encode(payload)}`;
  const key = { key: attacker.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
  return `${input}.${sign('sha256', Buffer.from(input), key).toString('base64url')}`;
};

const byHs256 = (header: Part, payload: Part, secret: string | Buffer): string => {
  const input = `${encode({ ...header, alg: 'HS256' })}.${encode(payload)}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
};

/** Forged tokens by the name of the attack; none of them may be taken for a good one. */
export function forgedTokens(loot: Loot): ReadonlyMap<string, readonly string[]> {
  const [head, body, signature] = loot.token.split('.') as [string, string, string];
  const header = decode(head);
  const claims = decode(body);
  const admin = { ...claims, sub: 'admin' };
  return new Map([
    ['alg none', algNone(header, admin, signature)],
    ['HS256 with the public key', publicKeyAsSecret(loot.publicKey, header, admin)],
    ['foreign kid', foreignKid(header, admin)],
    ['kid path tricks', kidTricks(header, admin, loot.evil)],
    ['swapped payload', swappedPayload(loot, admin)],
    ['trimmed signature', trimmedSignature(`${head}.${body}`, signature)],
    ['other typ or crit', changedHeader(header, body, signature)],
    ['b64=false', unencodedPayload(header, admin, signature)],
    ['duplicate members', duplicateMembers(loot.token)],
    ['embedded jwk, jku, x5u, x5c', embeddedKeys(header, admin, loot.evil)],
    ['other algorithms', otherAlgorithms(header, admin, `${body}.${signature}`)],
    ['no JWT', noJwt(loot.token)],
  ]);
}

/** RFC 8725, section 2.1. */
const algNone = (header: Part, claims: Part, signature: string): string[] =>
  ['none', 'None', 'NONE', 'nOnE', '', null].flatMap((alg) => {
    const input = `${encode({ ...header, alg })}.${encode(claims)}`;
    return [`${input}.`, `${input}.${signature}`, input];
  });

/** The public key in whatever form a verifier might have it at hand. */
function publicKeyAsSecret(publicKey: KeyObject, header: Part, claims: Part): string[] {
  const { n = '', ...jwk } = publicKey.export({ format: 'jwk' });
  const spki = publicKey.export({ type: 'spki', format: 'pem' });
  const secrets = [
    ...[spki, String(spki).trim(), publicKey.export({ type: 'pkcs1', format: 'pem' })],
    ...[publicKey.export({ type: 'spki', format: 'der' }), publicKey.export({ type: 'pkcs1', format: 'der' })],
    ...[n, Buffer.from(n, 'base64url'), JSON.stringify({ ...jwk, n }), '', Buffer.alloc(32)],
  ];
  return secrets.map((secret) => byHs256(header, claims, secret));
}

const foreignKid = (header: Part, claims: Part): string[] =>
  ['attackers', header.kid, undefined, null, 7, '', ['d-1'], {}, 's-00000000-0000-4000-8000-000000000000'].map((kid) =>
    signedWith({ ...header, kid }, claims, attacker.privateKey),
  );

function kidTricks(header: Part, claims: Part, evil: string): string[] {
  const kids = [
    ...['../../../../../../dev/null', '/dev/null', '/proc/self/environ', 'file:///etc/passwd', `${evil}/keys`],
    ...["x' UNION SELECT 'AAAA", '| id', '__proto__', 'constructor', 'toString', `${header.kid}\0`, `${header.kid} `],
    ...[' ', '*', `${header.kid}/../${header.kid}`, String(header.kid).toUpperCase(), 'k'.repeat(5000)],
  ];
  return kids.flatMap((kid) => [
    signedWith({ ...header, kid }, claims, attacker.privateKey),
    byHs256({ ...header, kid }, claims, ''),
    byHs256({ ...header, kid }, claims, 'AAAA'),
  ]);
}

function swappedPayload({ token, other }: Loot, admin: Part): string[] {
  const [head, body, signature] = token.split('.');
  const [, othersBody, othersSignature] = other.split('.');
  return [
    `${head}.${encode(admin)}.${signature}`,
    `${head}.${othersBody}.${signature}`,
    `${head}.${body}.${othersSignature}`,
    `${head}.${encode({ ...decode(body ?? ''), exp: 4_102_444_800 })}.${signature}`,
    `${head}.${encode({ ...decode(body ?? ''), iss: 'https://evil.example' })}.${signature}`,
    `${head}..${signature}`,
    `${head}.${encode('[]')}.${signature}`,
  ];
}

const trimmedSignature = (input: string, signature: string): string[] => [
  `${input}.`,
  input,
  ...[1, 2, 3, 4, 100, 341].map((length) => `${input}.${signature.slice(0, -length)}`),
  ...[1, 4, 341].map((length) => `${input}.${signature.slice(length)}`),
  `${input}.${'A'.repeat(342)}`,
  `${input}.${signature}${signature}`,
  `${input}.${signature}AAAA`,
];

const changedHeader = (header: Part, body: string, signature: string): string[] =>
  [
    ...['at+jwt', 'JWE', 'logout+jwt', 'jwt', undefined, null].map((typ) => ({ ...header, typ })),
    ...[['x'], ['exp'], [], ['alg'], 'x', null].map((crit) => ({ ...header, crit, x: 1 })),
    ...['1', '2', '3', '6', '5.5', 5, null].map((version) => ({ ...header, version })),
  ].map((changed) => `${encode(changed)}.${body}.${signature}`);

/** RFC 7797: the payload is not encoded, and `b64` must be in `crit`. */
function unencodedPayload(header: Part, claims: Part, signature: string): string[] {
  const heads = [
    { ...header, b64: false },
    { ...header, b64: false, crit: ['b64'] },
  ];
  const plain = JSON.stringify(claims);
  return heads.flatMap((head) => [
    `${encode(head)}.${plain}.${signature}`,
    `${encode(head)}.${encode(claims)}.${signature}`,
    `${encode(head)}.${plain}.${sign('sha256', Buffer.from(`${encode(head)}.${plain}`), attacker.privateKey).toString('base64url')}`,
    signedWith(head, claims, attacker.privateKey),
  ]);
}

/** Readers differ in which of two members of one name they take. */
function duplicateMembers(token: string): string[] {
  const [head = '', body = '', signature] = token.split('.');
  const text = (part: string): string => Buffer.from(part, 'base64url').toString();
  const twice = (part: string, member: string): string[] => [
    text(part).replace(/^\{/, `{${member},`),
    text(part).replace(/\}$/, `,${member}}`),
  ];
  return [
    ...twice(body, '"sub":"admin"').map((payload) => `${head}.${encode(payload)}.${signature}`),
    ...twice(head, '"alg":"none"').flatMap((changed) => [
      `${encode(changed)}.${body}.${signature}`,
      `${encode(changed)}.${body}.`,
    ]),
    ...twice(head, '"kid":"attackers"').map((changed) => signedWith(changed, text(body), attacker.privateKey)),
  ];
}

/** RFC 7515, sections 4.1.2 to 4.1.6. */
const embeddedKeys = (header: Part, claims: Part, evil: string): string[] =>
  [
    { jwk: ATTACKERS_JWK },
    { jku: `${evil}/keys` },
    { x5u: `${evil}/certificate` },
    { x5c: [attacker.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')] },
  ].flatMap((members) => [
    signedWith({ ...header, ...members }, claims, attacker.privateKey),
    signedWith({ ...header, ...members, kid: 'attackers' }, claims, attacker.privateKey),
    signedWith({ ...header, ...members, kid: undefined }, claims, attacker.privateKey),
  ]);

const otherAlgorithms = (header: Part, claims: Part, rest: string): string[] => [
  signedByPss(header, claims),
  ...['RS384', 'RS512', 'PS256', 'ES256', 'EdDSA', 'rs256', 'RS256 ', 'HS512', 'A256KW', ['RS256']].map(
    (alg) => `${encode({ ...header, alg })}.${rest}`,
  ),
];

const noJwt = (token: string): string[] => [
  ...['', '.', '..', '...', 'x', 'null', '{}', 'a.b.c', 'eyJ9.eyJ9.eyJ9', '💣.💣.💣', `${token}.`, `.${token}`],
  ...[`${token}.x.y`, token.replace('.', ' .'), token.replaceAll('.', ','), token.split('.').reverse().join('.')],
  encode(token),
];
