/**
 * Corrects the one thing in which tldts-experimental differs from its sister tldts, which builds up its list of public
 * suffixes when it is loaded: what a wildcard rule stands below, such as `run.app`, is no public suffix by itself.
 * (A domain for which there is a rule of its own beside the wildcard, such as `futurecms.at`, is not told apart: it is
 * then a site, though it is a suffix, and nobody's API is there.)
 * @param quick tldts-experimental's `parse`
 */
exports.quickParse = (quick) => {
  const parse = (host, options) => {
    const answer = quick(host, options);
    if (answer.domain !== null || answer.publicSuffix !== host || !host.includes('.')) return answer;
    // A suffix is one for what is below it, too; a wildcard gives that a suffix of its own.
    if (quick(`below.${host}`, options).publicSuffix === host) return answer;
    const parent = parse(host.slice(host.indexOf('.') + 1), options);
    return { ...answer, domain: parent.domain ?? host, publicSuffix: parent.publicSuffix };
  };
  return parse;
};
