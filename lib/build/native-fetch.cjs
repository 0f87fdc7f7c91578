/** Stands in for cross-fetch in the bundles: Node's own fetch. */
module.exports = (...args) => fetch(...args);
module.exports.default = module.exports;
