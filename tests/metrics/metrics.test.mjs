// metrics.test.mjs -- what a running system shows an operator is well formed, is what the tables say,
// follows what people do, and names nobody.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ask } from '../system/process.mjs';
import { pair, Person } from '../system/person.mjs';
import { Stack } from '../system/stack.mjs';
import { until } from '../system/wait.mjs';
import { promtoolSays, seriesOf, SERVICES, tableOf } from './tables.mjs';

const TEXTS = 5;

let stack;
let people;
const pages = {}; // Of each service, when people have done everything.
const tables = {};

const pageOf = async (service) => (await ask(stack.adminPort(`${service}-1`), '/metrics')).body;

// [{name, labels, value}]
function rowsOf(page) {
    return [...page.matchAll(/^(\w+)(?:\{([^}]*)\})? (\S+)$/gm)].map(([, name, labels, value]) =>
        ({ name, labels: labels ?? '', value: Number(value) }));
}

const valueOf = (service, name, labels = '') =>
    rowsOf(pages[service]).find((row) => row.name === name && row.labels === labels)?.value;

// Two meet, talk and part; a third is refused something.
async function live() {
    const [a, b] = await pair(stack.url());
    for (let i = 0; i < TEXTS; i++) {
        await a.tells(`text ${i}`);
    }
    await b.catchesUp();
    const idle = await Person.arrive(stack.url());
    await idle.ask('message', { text: 'to nobody' });
    const [{ chatId }] = a.all('matched');
    pages.chatting = await pageOf('gateway');
    await a.ask('end_chat');
    await stack.record(chatId);
    people = [a, b, idle];
}

before(async () => {
    stack = await Stack.start({ settings: { RECOVERY_WINDOW_MS: '100' } });
    await live();
    await until('the outbox is empty', async () => (await stack.redis('xlen', 'records')) === 0);
    for (const service of SERVICES) {
        pages[service] = await pageOf(service);
        tables[service] = await tableOf(service);
    }
});
after(async () => {
    await Person.allLeave(stack);
    await stack?.stop();
});

for (const service of SERVICES) {
    test(`Prometheus finds no fault with what ${service} shows`, async () => {
        assert.equal(await promtoolSays(['check', 'metrics'], pages[service]), '');
    });

    test(`${service} shows what its table says, no more and no less`, () => {
        const shown = new Set(rowsOf(pages[service]).map(({ name }) => name));
        assert.deepEqual([...shown].sort(), seriesOf(tables[service]).sort());
        const labels = new Map(tables[service].map(({ name, kind, label }) =>
            [kind === 'histogram' ? `${name}_bucket` : name, kind === 'histogram' ? 'le' : label]));
        for (const row of rowsOf(pages[service])) {
            assert.equal(row.labels.split('=')[0], labels.get(row.name) ?? '', row.name);
        }
    });

    test(`no label of ${service} has more than fifty values, and none is somebody's id`, () => {
        const rows = rowsOf(pages[service]);
        for (const { name } of tables[service]) {
            assert.ok(rows.filter((row) => row.name === name).length <= 50, name);
        }
        assert.doesNotMatch(pages[service], /[0-9a-f]{8}-[0-9a-f]{4}-|\d+\.\d+\.\d+\.\d+/);
    });
}

test('promtool would find a fault if there were one', async () => {
    await assert.rejects(promtoolSays(['check', 'metrics'], 'gateway_chats_count 1\n'), /no help text/);
});

test('users are counted by what they do', () => {
    const during = rowsOf(pages.chatting).filter(({ name }) => name === 'gateway_users');
    const inState = (state) => during.find(({ labels }) => labels === `state="${state}"`).value;
    assert.deepEqual([inState('chatting'), inState('idle'), inState('searching')], [2, 1, 0]);
});

test('what people did is measured, each once', () => {
    assert.equal(valueOf('gateway', 'gateway_match_seconds_count'), 2);
    assert.equal(valueOf('gateway', 'gateway_delivery_seconds_count'), TEXTS);
    assert.equal(valueOf('gateway', 'gateway_delivery_seconds_bucket', 'le="+Inf"'), TEXTS);
    assert.equal(valueOf('gateway', 'gateway_requests_refused_total', 'code="not_in_chat"'), 1);
    assert.ok(valueOf('gateway', 'gateway_connections_limit') > 100);
    assert.equal(valueOf('matcher', 'matcher_matches_total'), 1);
    assert.ok(valueOf('matcher', 'matcher_redis_seconds_count') > 3);
    assert.equal(valueOf('matcher', 'matcher_outbox_oldest_seconds'), 0);
    assert.equal(valueOf('matcher', 'ready', 'condition="redis"'), 1);
    assert.ok(valueOf('sessions', 'recorder_database_seconds_count') > 0);
    assert.ok(valueOf('sessions', 'recorder_committed_total') > 0);
    assert.equal(valueOf('relay', 'peers', 'role="gateway"'), 1);
    assert.equal(valueOf('matcher', 'peers', 'role="recorder"'), 1);
    assert.ok(valueOf('relay', 'relay_forwarded_total') >= TEXTS);
});

test('every process says how it is', () => {
    for (const service of SERVICES) {
        const age = Date.now() / 1000 - valueOf(service, 'process_start_time_seconds');
        assert.ok(age >= 0 && age < 300, `${service} began ${age} s ago`);
        assert.ok(valueOf(service, 'process_resident_memory_bytes') > 1e6, service);
        assert.ok(valueOf(service, 'loop_lag_seconds_count') > 0, service);
        assert.match(pages[service], /^build_info\{version="[^"]+"\} 1$/m);
    }
});

test('buckets of a histogram only rise, up to its count', () => {
    for (const service of SERVICES) {
        for (const { name } of tables[service].filter(({ kind }) => kind === 'histogram')) {
            const values = rowsOf(pages[service])
                .filter((row) => row.name === `${name}_bucket`).map(({ value }) => value);
            assert.deepEqual(values, [...values].sort((a, b) => a - b), name);
            assert.equal(values.at(-1), valueOf(service, `${name}_count`), name);
        }
    }
});

test('who has gone is counted by why, and is nobody`s any more', async () => {
    people.forEach((person) => person.leaves());
    await until('everybody has gone', async () =>
        (await stack.metric('gateway-1', 'gateway_users')) === 0);
    const closed = rowsOf(await pageOf('gateway'))
        .filter(({ name }) => name === 'gateway_sessions_closed_total');
    assert.equal(closed.reduce((sum, { value }) => sum + value, 0), people.length);
    assert.equal(await stack.metric('gateway-1', 'gateway_queue_bytes'), 0);
});
