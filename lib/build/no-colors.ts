/** Replaces supports-color in the bundles: logs have no colours. */
export default {};
