/** Stands in for supports-color in the bundles: logs have no colours. */
module.exports = {};
