// keys.test.mjs -- with all links encrypted, the keys of every kind of service are changed under people
// who chat, and nobody loses a chat, a text or a record.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Stack } from '../system/stack.mjs';
import { until } from '../system/wait.mjs';
import { Party, SETTINGS } from './party.mjs';

const PAIRS = 10;
const SERVICES = ['relay', 'matcher', 'sessions', 'gateway'];

let stack;
let party;

before(async () => {
    const counts = { gateways: 2, matchers: 2, relays: 2, recorders: 2 };
    stack = await Stack.start({ ...counts, settings: SETTINGS, keys: true });
    party = await Party.start(stack, { pairs: PAIRS, seed: 1, stays: true });
});
after(async () => {
    await party?.goes();
    await stack?.stop();
});

const all = () => SERVICES.flatMap((service) => stack.names(service));
const readings = (name) => stack.get(name).said().split('bus_keys_read').length;

// Everybody reads the list that `words` have changed; half of them without a signal.
async function change(...words) {
    const before = new Map(all().map((name) => [name, readings(name)]));
    await stack.runKeys(...words);
    for (const name of all().filter((name) => name.endsWith('-1'))) {
        process.kill(stack.get(name).pid, 'SIGHUP');
    }
    await until('everybody has read the list', () =>
        all().every((name) => readings(name) > before.get(name)));
}

for (const service of SERVICES) {
    test(`the keys of every ${service} are changed, and no chat is dropped`, async () => {
        await change('--next', service);
        await stack.runKeys('--use', service);
        for (const name of stack.names(service)) {
            const how = service === 'gateway' ? 'drained' : 'stopped';
            await party.suffers({ name, how, kind: `${service} ${how}`, downMs: 0 });
        }
        await change('--retire', service);
    });
}

test('nobody has lost a chat or a text meanwhile', async () => {
    await party.ends();
    assert.deepEqual(await party.verdicts(), {});
    assert.equal(party.chats, PAIRS); // Nobody had to meet anew.
});

test('no log has a key in it, and no old key is left', async () => {
    const folder = join(stack.folder, 'keys');
    const keys = readdirSync(folder).flatMap((file) =>
        [...readFileSync(join(folder, file), 'utf8').matchAll(/^[a-z]+ (\S{40})$/gm)]
            .map(([, key]) => key));
    // Each of the four has its two halves in a file of its own, and one in the list.
    assert.equal(keys.length, 3 * SERVICES.length);
    for (const name of all()) {
        const said = stack.get(name).said();
        assert.ok(keys.every((key) => !said.includes(key)), name);
    }
});
