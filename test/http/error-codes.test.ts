import { readFileSync } from 'node:fs';
import { codeOfStatus, ERROR_STATUS, type ErrorCode } from '../../lib/http/error-codes.ts';
import { toResponse } from '../../lib/http/error-response.ts';
import * as errors from '../../lib/http/errors.ts';
import { withErrorCode } from '../../lib/http/sdk-error-code.ts';
import { operationsOf, readDocument } from '../openapi/document.ts';

const CODES = Object.keys(ERROR_STATUS) as ErrorCode[];

const bodyOf = (error: unknown): unknown => JSON.parse(toResponse(error).body ?? '');

describe('the list of error codes', () => {
  test('is the list in docs/errors.md, with the same statuses', () => {
    const table = readFileSync('docs/errors.md', 'utf8').split('## Codes')[1]?.split('\n## ')[0] ?? '';
    const rows = [...table.matchAll(/^\| `(\w+)` \| (\d{3}) \|/gm)].map(([, code, status]) => [code, Number(status)]);
    expect(rows).toEqual(Object.entries(ERROR_STATUS));
  });

  test('is the list in docs/openapi.yaml', () => {
    const { schemas } = readDocument().components as { schemas: { ErrorCode: { enum: string[] } } };
    expect(schemas.ErrorCode.enum).toEqual(CODES);
  });

  test('has a status of each code that an operation documents', () => {
    const documented = documentedCodes();
    expect(documented.length).toBeGreaterThan(100);
    for (const { of, status, code } of documented) {
      expect([of, code, ERROR_STATUS[code as ErrorCode]]).toEqual([of, code, status]);
    }
  });

  test('has no code that neither an operation documents nor a handler of yours can cause', () => {
    const documented = new Set(documentedCodes().map(({ code }) => code));
    const byStatus = CODES.filter((code) => codeOfStatus(ERROR_STATUS[code]) === code);
    // What a handler of yours puts into a session, and its claim validators.
    const byHandlers = ['claims_too_large', 'session_too_large', 'invalid_claim'];
    expect(CODES.filter((code) => ![...documented, ...byStatus, ...byHandlers].includes(code))).toEqual([]);
  });

  test('covers every error response in docs/openapi.yaml but those of API Gateway', () => {
    const withoutCode = operationsOf(readDocument()).flatMap(({ key, responses }) =>
      Object.entries(responses)
        .filter(([status]) => Number(status) >= 400)
        .filter(([, { content = {} }]) => codesIn(content['application/json']?.schema).length === 0)
        .map(([status, { content = {} }]) => [`${key} ${status}`, content['application/json']?.schema.$ref]),
    );
    expect(withoutCode.filter(([, schema]) => schema !== '#/components/schemas/GatewayError')).toEqual([]);
  });
});

type Schema = Readonly<Record<string, unknown>>;

function codesIn(schema: Schema | undefined): string[] {
  if (schema?.$ref === '#/components/schemas/Error') return ['any'];
  const { code } = (schema?.properties ?? {}) as { code?: { const?: string; enum?: string[] } };
  return code?.enum ?? (code?.const === undefined ? [] : [code.const]);
}

const documentedCodes = () =>
  operationsOf(readDocument()).flatMap(({ key, responses }) =>
    Object.entries(responses).flatMap(([status, { content = {} }]) =>
      codesIn(content['application/json']?.schema)
        .filter((code) => code !== 'any')
        .map((code) => ({ of: `${key} ${status}`, status: Number(status), code })),
    ),
  );

describe('the response for an error', () => {
  const examples: Readonly<Record<keyof typeof errors, readonly [errors.HttpError, object]>> = {
    HttpError: [new errors.HttpError(404, 'Gone away'), { code: 'not_found', message: 'Gone away' }],
    FieldError: [
      new errors.FieldError('text', 'Too long'),
      { code: 'invalid_request', message: 'Too long', field: 'text' },
    ],
    CodedError: [new errors.CodedError(409, 'title_taken', 'Taken'), { code: 'title_taken', message: 'Taken' }],
    ServiceError: [new errors.ServiceError('foreign_page', 'No'), { code: 'foreign_page', message: 'No' }],
    SessionTooLarge: [
      new errors.SessionTooLarge('claims_too_large', 'Too much'),
      { code: 'claims_too_large', message: 'Too much' },
    ],
    ServiceUnavailable: [
      new errors.ServiceUnavailable(),
      { code: 'service_unavailable', message: 'The service is not available right now. Please try again.' },
    ],
    SmsNotSent: [new errors.SmsNotSent('sms_not_sent', 'No code'), { code: 'sms_not_sent', message: 'No code' }],
    MailNotSent: [new errors.MailNotSent('mail_not_sent', 'No mail'), { code: 'mail_not_sent', message: 'No mail' }],
  };

  test.each(Object.keys(errors) as (keyof typeof errors)[])('%s has a code and a message', (name) => {
    const [error, body] = examples[name];
    expect([error.name, bodyOf(error)]).toEqual([name, body]);
  });

  test('has the status of its code', () => {
    for (const code of CODES) {
      const { statusCode, body = '' } = toResponse(new errors.ServiceError(code, 'A message'));
      expect([statusCode, JSON.parse(body)]).toEqual([ERROR_STATUS[code], { code, message: 'A message' }]);
    }
  });

  test('shows nothing of an unknown error', () => {
    expect(bodyOf(new Error('a secret'))).toEqual({ code: 'internal_error', message: 'Internal Server Error' });
  });

  test.each([
    [400, 'invalid_request'],
    [401, 'unauthorised'],
    [403, 'forbidden'],
    [404, 'not_found'],
    [409, 'conflict'],
    [410, 'invalid_request'],
    [429, 'too_many_requests'],
    [500, 'internal_error'],
    [502, 'internal_error'],
    [503, 'service_unavailable'],
  ])('with status %d has the code %s, unless the error has another', (status, code) => {
    expect(bodyOf(new errors.HttpError(status, 'A message'))).toEqual({ code, message: 'A message' });
  });
});

describe('the code of a response from the SDK', () => {
  const coded = (statusCode: number, body: object | string) =>
    withErrorCode({ statusCode, body: typeof body === 'string' ? body : JSON.stringify(body) }).body ?? '';

  test.each([
    [401, { message: 'unauthorised' }, 'unauthorised'],
    [401, { message: 'try refresh token' }, 'try_refresh_token'],
    [401, { message: 'token theft detected' }, 'token_theft_detected'],
    [403, { message: 'invalid claim', claimValidationErrors: [{ id: 'st-role' }] }, 'invalid_claim'],
    [400, { message: 'Missing input param: token' }, 'invalid_request'],
  ])('stands with what the SDK says: %d %p', (status, body, code) => {
    expect(JSON.parse(coded(status, body))).toEqual({ code, ...body });
  });

  test.each([
    [200, { status: 'OK', message: 'not an error' }],
    [400, { error: 'invalid_grant', error_description: 'OAuth 2.0' }],
    [409, { code: 'own', message: 'A code is there' }],
    [404, '<html></html>'],
    [400, 'null'],
    [400, ''],
  ])('is not added to %d %p', (status, body) => {
    expect(coded(status, body)).toBe(typeof body === 'string' ? body : JSON.stringify(body));
  });
});
