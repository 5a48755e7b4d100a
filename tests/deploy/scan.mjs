// scan.mjs -- PORTS ADDRESS...: prints, as JSON, every "address:port" that takes connections. PORTS are
// such as 80,443 or 1-1024.

import { connect } from 'node:net';

const AT_ONCE = 512;
const ANSWER_MS = 1000; // Who does not even refuse for so long, cannot be reached.

function isOpen(host, port) {
    return new Promise((tell) => {
        const socket = connect({ host, port });
        const answer = (open) => () => {
            socket.destroy();
            tell(open);
        };
        socket.setTimeout(ANSWER_MS, answer(false));
        socket.once('connect', answer(true));
        socket.once('error', answer(false));
    });
}

const [ports, ...hosts] = process.argv.slice(2);
const open = [];

function* targets() {
    for (const host of hosts) {
        for (const range of ports.split(',')) {
            const [first, last = first] = range.split('-').map(Number);
            for (let port = first; port <= last; port++) {
                yield [host, port];
            }
        }
    }
}

const all = targets();
await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (const [host, port] of all) {
        if (await isOpen(host, port)) {
            open.push(`${host}:${port}`);
        }
    }
}));
console.log(JSON.stringify(open));
