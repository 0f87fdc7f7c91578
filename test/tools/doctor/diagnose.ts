import { DISCOVERY_PATH, JWKS_PATH } from '../../../lib/http/public-documents.ts';
import { examine, type Order } from '../../../lib/tools/doctor/examine.ts';
import type { Finding } from '../../../lib/tools/doctor/finding.ts';
import { type GivenTarget, readTarget } from '../../../lib/tools/doctor/target.ts';
import { startTestDatabase, type TestDatabase } from '../../fixtures/core.ts';
import { type BreakableService, LOGIN, startBreakableService } from './breakable-service.ts';
import { clock, WEBSITE } from './faults.ts';

type Asking = Partial<GivenTarget> & Partial<Omit<Order, 'target' | 'clock'>>;

/** Examines a service under the address that clients believe it to have, or another that leads to it. */
export async function findingsAt(service: BreakableService, asking: Asking = {}): Promise<readonly Finding[]> {
  const { url = service.origin, origin = WEBSITE, basePath = '/auth', route = '/sessioninfo', ...order } = asking;
  const toService: typeof fetch = (input, init) =>
    fetch(String(input).replace(new URL(url).origin, service.address), init);
  const { findings } = await examine({
    target: readTarget({ url, origin, basePath, route }),
    login: LOGIN,
    mail: { absent: 'No sender.' },
    smtp: { absent: 'No mail server.' },
    timeout: 20_000,
    ...order,
    ...untimed(order.fetch ?? toService),
  });
  return findings;
}

const isPublicDocument = (url: string): boolean => [DISCOVERY_PATH, JWKS_PATH].some((path) => url.endsWith(path));

/** A clock that stands still while a public document is read: how long that takes on a busy machine is no part of any test. */
export function untimed(ask: typeof fetch): Pick<Order, 'fetch' | 'clock'> {
  let now = Date.now();
  let isUntimed = false;
  return {
    fetch(input, init) {
      isUntimed = isPublicDocument(String(input));
      return ask(input, init);
    },
    clock() {
      if (!isUntimed) now = Date.now();
      isUntimed = false;
      return now + clock.offset;
    },
  };
}

/** `level id` of whatever is not as it should be. */
export const faultsIn = (findings: readonly Finding[]): string[] =>
  findings.filter(({ level }) => level === 'problem' || level === 'warning').map(({ level, id }) => `${level} ${id}`);

/** The good service on this machine, for the tests of one file; each of them may break it for itself. */
export function startedForTests(): { readonly service: BreakableService } {
  let database: TestDatabase | undefined;
  let service: BreakableService | undefined;
  beforeAll(async () => {
    database = await startTestDatabase();
    service = await startBreakableService(database, { environment: { WEBSITE_DOMAIN: WEBSITE } });
  });
  afterEach(() => {
    if (service !== undefined) service.fault = {};
    clock.offset = 0;
  });
  afterAll(async () => {
    await service?.stop();
    await database?.stop();
  });
  return {
    get service() {
      if (service === undefined) throw new Error('Only within a test');
      return service;
    },
  };
}
