// server.mjs -- a server under test: the echo, or a gateway that has nobody to talk to.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { ask, freePorts, isAlive, makeFolder, Process, sumOf } from '../system/process.mjs';
import { until } from '../system/wait.mjs';
import { Line } from './line.mjs';

// The clients that tests/system has; they are not fetched twice.
export const requireClient = createRequire(new URL('../system/package.json', import.meta.url));

const BUILD = resolve(process.env.BUILD_DIR ?? '.local/build/plain');
const BINARIES = { echo: join('tests', 'echo_server'), gateway: join('gateway', 'gateway') };
const STEADY_MS = 300;

// Pings that no test waits for.
export const CALM = {
    PING_INTERVAL_MS: 25000,
    PING_TIMEOUT_MS: 20000,
    CONNECT_TIMEOUT_MS: 60000,
};

export class Server {
    static async start(kind, settings = {}) {
        const server = new Server();
        server.place = makeFolder();
        server.port = await freePorts(2);
        server.admin = server.port + 1;
        const binary = join(BUILD, BINARIES[kind]);
        assert.ok(
            existsSync(binary),
            `${binary} is not there: BUILD_DIR names the build to test`,
        );
        const peers = { MATCHERS: 'tcp://127.0.0.1:1', RELAYS: 'tcp://127.0.0.1:1' };
        const environment = {
            UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1',
            PORT: server.port,
            ...(kind === 'gateway' ? { ADMIN_PORT: server.admin, ...peers } : {}),
            ...settings,
        };
        server.process = new Process({
            name: kind,
            command: ['setpriv', '--pdeathsig', 'KILL', binary],
            log: join(server.place.folder, 'log'),
            environment: Object.fromEntries(
                Object.entries(environment).map(([name, value]) => [name, String(value)]),
            ),
        });
        await server.#begin();
        return server;
    }

    async #begin() {
        this.process.start();
        await until('the server listens', async () => {
            assert.ok(this.process.runs, `the server ended: ${this.process.said()}`);
            const line = await Line.dial(this.port).catch(() => null);
            line?.cut();
            return line !== null;
        });
        this.pid = this.process.pid;
        this.descriptorsAtStart = await this.#calmDescriptors();
    }

    // Stops it with everything that is connected, and starts it again.
    async restart() {
        await this.process.stop();
        await this.#begin();
    }

    get descriptors() {
        return readdirSync(`/proc/${this.pid}/fd`).length;
    }

    // The first probes' connections are gone, and all of its own are there, when the number stays.
    async #calmDescriptors() {
        let last = -1;
        let since = 0;
        await until('the number of descriptors is steady', () => {
            if (this.descriptors !== last) {
                last = this.descriptors;
                since = Date.now();
            }
            return Date.now() - since >= STEADY_MS;
        });
        return last;
    }

    // Resident memory, in KiB.
    get memory() {
        return Number(
            /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${this.pid}/status`, 'latin1'))[1],
        );
    }

    get lives() {
        return this.process.runs && isAlive(this.pid);
    }

    async metric(name) {
        const { body } = await ask(this.admin, '/metrics');
        return sumOf(body, name);
    }

    // Everybody has gone, and nothing of them is left.
    async isEmpty() {
        Line.cutAll();
        await until(
            `descriptors are ${this.descriptorsAtStart} again`,
            () => this.descriptors <= this.descriptorsAtStart,
        );
    }

    // Stops it; throws unless it ran and ended as it should.
    async stop() {
        Line.cutAll();
        if (this.process.runs) {
            await this.isEmpty().catch((error) => this.process.complaints.push(error.message));
        }
        await this.end();
    }

    // Stops it with everything that is connected.
    async end() {
        await this.process.stop();
        const wrongs = this.process.wrongs();
        await this.place.remove();
        assert.deepEqual(wrongs, []);
    }
}
