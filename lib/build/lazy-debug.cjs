/**
 * The SDK's debug log, which looks at terminals as soon as it is loaded: not before anybody asks for the log.
 * @param load gives the package `debug`
 */
exports.lazyDebug = (load) => {
  let isEnabled = Boolean(process.env.DEBUG);
  const debug = (namespace) => load()(namespace);
  debug.enabled = (namespace) => isEnabled && load().enabled(namespace);
  debug.enable = (namespaces) => {
    isEnabled = true;
    load().enable(namespaces);
  };
  return debug;
};
