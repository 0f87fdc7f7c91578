import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { processEnvironment } from '../config/environment.ts';
import { parseWebsites } from '../config/websites.ts';
import type { Serverless } from './serverless-service.ts';
import { DEVELOPMENT, type StageEntry } from './stage-parameters.ts';

/** Returns what is wrong with the websites of a stage, apart from their spelling. */
export function websiteFaults(serverless: Serverless, parameters: StageEntry['parameters']): string[] {
  const { stage, environment } = serverless.service.provider;
  const text = String(environment.WEBSITE_DOMAIN ?? '');
  if (stage !== DEVELOPMENT && isMissing(text, serverless, parameters)) {
    return [
      `WEBSITE_DOMAIN is missing, so pages of localhost could call the stage ${stage}. Set WEBSITE_DOMAIN, or websiteDomain ` +
        `under params.${stage} in serverless.yml`,
    ];
  }
  return (parseWebsites(text) ?? []).filter(isOpenToAnyone).map((website) => {
    const domain = website.replace(/^.*\*\./, '');
    return `WEBSITE_DOMAIN must not have ${website}: anyone can get a page below ${domain}, and could use a user's session`;
  });
}

/**
 * A stage other than dev must say which website calls it. The default is localhost, so every page that any program serves on
 * the user's own machine could use the user's session.
 */
function isMissing(text: string, { processedInput }: Serverless, parameters: StageEntry['parameters']): boolean {
  const isGiven =
    Boolean(processEnvironment().WEBSITE_DOMAIN ?? parameters.websiteDomain) ||
    processedInput.options.param?.some((pair) => pair.startsWith('websiteDomain='));
  return text === '' || (!isGiven && /^https?:\/\/(localhost|127\.)/.test(text));
}

/** A wildcard right below a public suffix such as `co.uk` or `vercel.app`. The list is at https://publicsuffix.org. */
const isOpenToAnyone = (website: string): boolean => {
  const [, domain] = website.split('*.');
  if (domain === undefined) return false;
  const { hostname } = new URL(`http://${domain}`);
  return hostname !== 'localhost' && publicSuffixOf(`www.${hostname}`) === hostname;
};

const { resolve } = createRequire(import.meta.url);

/** The SDK's own copy of the list decides for cookies, too. */
function publicSuffixOf(hostname: string): string | null {
  const load = createRequire(resolve('tldts', { paths: [dirname(resolve('supertokens-node'))] }));
  const { getPublicSuffix } = load('tldts') as typeof import('tldts');
  return getPublicSuffix(hostname, { allowPrivateDomains: true });
}
