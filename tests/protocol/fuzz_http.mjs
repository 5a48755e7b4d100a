// fuzz_http.mjs -- a bounded storm of broken HTTP and WebSocket bytes, while others talk: they lose
// nothing, and nothing of the storm is left behind.
//
// FUZZ_SECONDS says how long it lasts, FUZZ_SEED repeats its choices (not their timing).

import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { after, describe, test } from 'node:test';
import { meet, Person } from '../system/person.mjs';
import { Stack } from '../system/stack.mjs';
import { Talk } from '../system/talk.mjs';
import { until } from '../system/wait.mjs';
import { Attacker } from './attacks.mjs';
import { Chance } from './chance.mjs';
import { Client, TRANSPORTS } from './client.mjs';
import { Line } from './line.mjs';
import { Server } from './server.mjs';

const SECONDS = Number(process.env.FUZZ_SECONDS ?? 10);
const SEED = Number(process.env.FUZZ_SEED ?? randomInt(2 ** 32));
const WORKERS = 6;
const GROWTH_KIB = 64 * 1024;

// Who has gone without a word is noticed soon; who talks has time to answer under load.
const SETTINGS = { PING_INTERVAL_MS: 1000, PING_TIMEOUT_MS: 8000, CONNECT_TIMEOUT_MS: 2000 };
const SANITIZER = { ASAN_OPTIONS: 'quarantine_size_mb=16' };

const descriptors = (pid) => readdirSync(`/proc/${pid}/fd`).length;
const memory = (pid) =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))[1]);

// Attacks for the time that is set, and a little before that, so that memory which is used again
// and again has been taken once. `calms` returns when nobody is left but who was there before.
async function storm(name, port, pid, paths, calms) {
    const attackers = Array.from(
        { length: WORKERS },
        (_, i) => new Attacker(new Chance(SEED + i), port, paths),
    );
    const attackFor = (ms) => {
        const end = performance.now() + ms;
        return Promise.all(
            attackers.map(async (attacker) => {
                while (performance.now() < end) {
                    await attacker.attack();
                }
                attacker.letGo();
            }),
        );
    };
    await attackFor(SECONDS * 200);
    const before = memory(pid);
    await attackFor(SECONDS * 1000);
    await calms();
    const after = memory(pid);
    const counts = {};
    for (const attacker of attackers) {
        for (const [kind, count] of Object.entries(attacker.counts)) {
            counts[kind] = (counts[kind] ?? 0) + count;
        }
    }
    const connections = attackers.reduce((sum, attacker) => sum + attacker.connections, 0);
    console.log(`${name}: ${connections} connections, ${JSON.stringify(counts)}`);
    console.log(`${name}: ${descriptors(pid)} descriptors, ${before} KiB, then ${after} KiB`);
    assert.ok(after - before < GROWTH_KIB, `it has grown by ${after - before} KiB`);
}

// Somebody who has everything said back, and counts.
class Witness {
    #going = true;
    said = 0;
    slowest = 0;

    constructor(client) {
        this.client = client;
        this.done = this.#talk();
    }

    async #talk() {
        while (this.#going) {
            const begin = performance.now();
            this.client.say(`4message ${this.said}`);
            assert.equal(await this.client.hears(), `4message ${this.said}`);
            this.said++;
            this.slowest = Math.max(this.slowest, performance.now() - begin);
        }
    }

    async ends() {
        this.#going = false;
        await this.done;
        assert.equal(this.client.heard.length, this.said);
        const { transport } = this.client;
        console.log(
            `${transport}: ${this.said} said back, the slowest after ${this.slowest.toFixed()} ms`,
        );
    }
}

console.log(`FUZZ_SEED=${SEED} FUZZ_SECONDS=${SECONDS}`);

// Not in a hook: where tests run side by side, some versions of the runner run those once for each.
const [echo, stack] = await Promise.all([
    Server.start('echo', { ...SETTINGS, ...SANITIZER }),
    Stack.start({
        settings: { ...SANITIZER, MESSAGES_PER_MINUTE: '0', SEARCHES_PER_MINUTE: '0' },
        special: {
            'gateway-1': Object.fromEntries(
                Object.entries({ ...SETTINGS, PACKETS_PER_SECOND: 0 }).map(
                    ([key, value]) => [key, String(value)],
                ),
            ),
        },
    }),
]);

describe('a storm', { concurrency: 2 }, () => {
    after(async () => {
        // A client whose server has gone would look for it for ever.
        await Person.allLeave(stack);
        Line.cutAll();
        try {
            await echo.stop();
        } finally {
            await stack.stop();
        }
    });

    test('on the echo: who talks over either transport loses nothing', async () => {
        const witnesses = await Promise.all(
            TRANSPORTS.map(
                async (transport) =>
                    new Witness(await Client.open(echo.port, transport, '/engine.io/')),
            ),
        );
        for (const { done } of witnesses) {
            done.catch(() => null);
        }
        await storm(
            'echo',
            echo.port,
            echo.pid,
            ['/engine.io/', '/socket.io/', '/socket.io'],
            async () => {
                await Promise.all(witnesses.map((witness) => witness.ends()));
                await echo.isEmpty();
            },
        );
        assert.ok(echo.lives);
    });

    test('on a gateway: two who chat lose nothing', async () => {
        const url = stack.url();
        const pair = await Promise.all([0, 1].map(() => Person.arrive(url)));
        await meet(...pair);
        const talk = new Talk(...pair);
        const gateway = stack.get('gateway-1');
        const open = descriptors(gateway.pid);
        const counts = ['gateway_users', 'gateway_sessions', 'gateway_connections'];
        const areAlone = async () => {
            const all = await Promise.all(counts.map((name) => stack.metric('gateway-1', name)));
            return all.every((count) => count === 2) && descriptors(gateway.pid) <= open;
        };
        await storm(
            'gateway',
            Number(new URL(url).port),
            gateway.pid,
            ['/socket.io/', '/socket.io'],
            () => until(`the two are alone, with ${open} descriptors`, areAlone, 30_000),
        );
        await talk.goesOn();
        await talk.ends();
    });
});
