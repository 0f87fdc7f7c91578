/** Replaces cross-fetch in the bundles by Node's own fetch. */
const nativeFetch: typeof fetch = (...args) => fetch(...args);

export default nativeFetch;
