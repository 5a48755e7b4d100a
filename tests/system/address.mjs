// address.mjs -- an address behind which is one gateway and then another, as behind a balancer.

import { connect, createServer } from 'node:net';

// `turn` cuts everybody off and leads to another gateway; `freeze` lets nothing pass any more on the
// connections that there are, without a word to either side.
export async function openAddress(url) {
    let { port } = new URL(url);
    const sides = new Set();
    const join = (one, other) => {
        sides.add(one);
        one.pipe(other);
        one.on('error', () => {});
        one.on('close', () => sides.delete(one) && other.destroy());
    };
    const server = createServer((browserSide) => {
        const gatewaySide = connect(port, '127.0.0.1');
        join(browserSide, gatewaySide);
        join(gatewaySide, browserSide);
    });
    await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
    const cut = () => sides.forEach((side) => side.destroy());
    return {
        url: `http://127.0.0.1:${server.address().port}`,
        turn(other) {
            ({ port } = new URL(other));
            cut();
        },
        freeze() {
            sides.forEach((side) => {
                side.unpipe();
                side.pause();
            });
        },
        close: () => server.close(cut()),
    };
}
