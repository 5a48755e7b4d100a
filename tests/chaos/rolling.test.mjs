// rolling.test.mjs -- all gateways are restarted, one after the other, and nobody's chat ends.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Stack } from '../system/stack.mjs';
import { delay } from './faults.mjs';
import { Party, SETTINGS } from './party.mjs';

const PAIRS = 20;
const TALK_MS = 2000; // Before, between and after.

let stack;
let party;

before(async () => {
    const counts = { gateways: 2, matchers: 2, relays: 2, recorders: 1 };
    stack = await Stack.start({ ...counts, settings: SETTINGS });
    party = await Party.start(stack, { pairs: PAIRS, seed: 1, stays: true });
});
after(async () => {
    await party?.goes();
    await stack?.stop();
});

test('a rolling restart of all gateways drops no chat and loses no text', async () => {
    await delay(TALK_MS);
    for (const name of stack.names('gateway')) {
        await party.suffers({ name, how: 'drained', kind: 'gateway drained', downMs: 0 });
        await delay(TALK_MS);
    }
    await party.ends();
    assert.deepEqual(await party.verdicts(), {});
    assert.equal(party.chats, PAIRS); // Nobody had to meet anew.
});
