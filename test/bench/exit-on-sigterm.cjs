// Loaded before a function whose profile Node.js writes when the process exits by itself.
process.once('SIGTERM', () => process.exit(0));
