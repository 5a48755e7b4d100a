// chaos.test.mjs -- every process is killed, frozen and stopped in turn while people chat, and nobody
// who is there loses a chat, a text or a record.
//
// CHAOS_SECONDS says how long, CHAOS_PAIRS how many pairs chat; CHAOS_SEED repeats the order of what
// happens and what people decide (not their timing); CHAOS_FAULTS chooses kinds, as in 'gateway
// (killed|drained)'.

import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { Stack } from '../system/stack.mjs';
import { until } from '../system/wait.mjs';
import { delay, schedule } from './faults.mjs';
import { Party, SETTINGS } from './party.mjs';
import { isSanitized } from './sanitized.mjs';

const SECONDS = Number(process.env.CHAOS_SECONDS ?? (isSanitized ? 60 : 120));
const PAIRS = Number(process.env.CHAOS_PAIRS ?? 20);
const SEED = Number(process.env.CHAOS_SEED ?? randomInt(2 ** 32));
const CHOICE = new RegExp(process.env.CHAOS_FAULTS ?? '.');

const SERVICES = ['gateway', 'relay', 'matcher', 'sessions'];
const GROWTH_KIB = (isSanitized ? 256 : 64) * 1024;

let stack;
let party;
let levels; // Of each service before anybody came: {pid, descriptors, memory}.

function levelOf(name) {
    const { pid } = stack.get(name);
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    return {
        pid,
        descriptors: readdirSync(`/proc/${pid}/fd`).length,
        memory: Number(/VmRSS:\s+(\d+)/.exec(status)[1]), // KiB
    };
}

before(async () => {
    console.log(`CHAOS_SEED=${SEED}`);
    const two = { gateways: 2, matchers: 2, relays: 2, recorders: 2 };
    stack = await Stack.start({ ...two, settings: SETTINGS });
    const names = SERVICES.flatMap((service) => stack.names(service));
    levels = new Map(names.map((name) => [name, levelOf(name)]));
    party = await Party.start(stack, { pairs: PAIRS, seed: SEED });
});
after(async () => {
    await party?.goes();
    await stack?.stop();
});

test('nothing is lost, whatever is killed, frozen or stopped', async () => {
    const end = performance.now() + SECONDS * 1000;
    for (const fault of schedule(SEED, stack, CHOICE)) {
        await delay(fault.pauseMs);
        if (performance.now() > end) {
            break;
        }
        await party.suffers(fault);
    }
    await party.ends();
    assert.deepEqual(await party.verdicts(), {});
});

test('no record was refused by Postgres', async () => {
    assert.deepEqual(await stack.sql('select * from "chat_dead_letter"'), []);
});

test('Redis keeps nothing but what expires, and an outbox with nothing in it', async () => {
    await until('the outbox is empty', async () => (await stack.redis('xlen', 'records')) === 0);
    assert.deepEqual(await stack.lastingKeys(), ['records']);
});

test('every service holds no more than before', async () => {
    for (const [name, before] of levels) {
        await until(`${name} has its ${before.descriptors} descriptors again`, () =>
            levelOf(name).descriptors <= before.descriptors);
        const { memory } = levelOf(name);
        const age = stack.get(name).pid === before.pid ? 'since the start' : 'restarted';
        console.log(`${name}, ${age}: ${before.descriptors} descriptors; ${before.memory} KiB, then `
            + `${memory} KiB, ${(memory / before.memory).toFixed(2)} times as much`);
        assert.ok(memory - before.memory < GROWTH_KIB, `${name} has grown to ${memory} KiB`);
    }
});
