// facts.mjs -- all facts of the protocol, one after the other.

await import('./handshake.test.mjs');
await import('./cors.test.mjs');
await import('./polling.test.mjs');
await import('./heartbeat.test.mjs');
await import('./upgrade.test.mjs');
await import('./socketio.test.mjs');
await import('./closing.test.mjs');
await import('./traps.test.mjs');
