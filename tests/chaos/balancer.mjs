// balancer.mjs -- one address in front of all gateways, for new connections: the next one that is
// ready gets it. Nobody is kept at a gateway.

import { connect, createServer } from 'node:net';
import { freePorts } from '../system/process.mjs';
import { within } from '../system/wait.mjs';

const PROBE_MS = 100;
const PROBE_MOST_MS = 1000; // A gateway that does not answer for so long is not ready.

export class Balancer {
    #sockets = new Set();
    #clients = new Set(); // The outer half of them.
    #ready = new Map();
    #turn = 0;
    #probing = true;

    static async start(stack) {
        const balancer = new Balancer();
        balancer.stack = stack;
        balancer.gateways = stack.names('gateway');
        balancer.probes = Promise.all(balancer.gateways.map((name) => balancer.#probe(name)));
        balancer.server = createServer((client) => balancer.#serve(client));
        const port = await freePorts();
        await new Promise((tell) => balancer.server.listen(port, '127.0.0.1', tell));
        balancer.url = `http://127.0.0.1:${port}`;
        return balancer;
    }

    // Every so manyth connection ends without a word.
    cut(share) {
        [...this.#clients].filter((_, i) => i % share === 0).forEach((client) => client.destroy());
    }

    async close() {
        this.#probing = false;
        this.#sockets.forEach((socket) => socket.destroy());
        await new Promise((tell) => this.server.close(tell));
        await this.probes;
    }

    async #probe(name) {
        while (this.#probing) {
            const answer = within('an answer', this.stack.isReady(name), PROBE_MOST_MS);
            this.#ready.set(name, await answer.catch(() => false));
            await new Promise((next) => setTimeout(next, PROBE_MS));
        }
    }

    #keep(socket) {
        this.#sockets.add(socket);
        socket.setNoDelay(true);
        socket.on('error', () => {});
        socket.on('close', () => this.#sockets.delete(socket));
        return socket;
    }

    #dial(name) {
        const { port } = new URL(this.stack.url(Number(name.split('-')[1])));
        return new Promise((tell) => {
            const socket = connect(Number(port), '127.0.0.1', () => tell(socket));
            socket.once('error', () => tell(null));
            this.#keep(socket);
        });
    }

    async #serve(client) {
        this.#keep(client);
        this.#clients.add(client);
        client.on('close', () => this.#clients.delete(client));
        const first = this.#turn++;
        for (let i = 0; i < this.gateways.length && !client.destroyed; i++) {
            const name = this.gateways[(first + i) % this.gateways.length];
            const gateway = this.#ready.get(name) && (await this.#dial(name));
            if (gateway) {
                this.#join(client, gateway);
                return;
            }
        }
        client.destroy();
    }

    // What was said before an end is passed on; then both go.
    #join(client, gateway) {
        client.pipe(gateway);
        gateway.pipe(client);
        client.on('close', () => gateway.destroy());
        gateway.on('close', () => client.destroySoon());
        if (client.destroyed) {
            gateway.destroy();
        }
    }
}
