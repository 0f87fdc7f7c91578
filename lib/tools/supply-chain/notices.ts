import type { BundledPackage } from './bundled-packages.ts';

/** Where the notices are kept. */
export const NOTICES_FILE = 'docs/third-party-notices.md';

/** The page about the software of others in the bundles: a table, and below it each licence's text. */
export const noticesOf = (packages: readonly BundledPackage[]): string => `# Third-party notices

Software of others in the functions' bundles and in the demo page, with its licences. Made by \`npm run licenses\`.

| package | version | licence |
|---|---|---|
${packages.map(({ name, version, license }) => `| ${name} | ${version} | ${license} |`).join('\n')}

${packages.map(noticeOf).join('\n')}`;

const noticeOf = ({ name, version, license, licenseText }: BundledPackage): string => `## ${name} ${version}

${licenseText === undefined ? `${license}; the package has no copy of it.` : fenced(licenseText)}
`;

/** As it is: a licence's line breaks and asterisks mean nothing to Markdown. */
const fenced = (text: string): string =>
  `\`\`\`text\n${text.replaceAll(/[ \t\r]+$/gm, '').replaceAll(/^\n+|\n+$/g, '')}\n\`\`\``;
