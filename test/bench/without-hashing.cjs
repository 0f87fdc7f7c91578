// Loaded before a function: everything of a log-in but scrypt itself, whose time is chosen, not owed to this service.
require('node:crypto').scrypt = (...given) => setImmediate(given.at(-1), null, Buffer.alloc(32, 7));
