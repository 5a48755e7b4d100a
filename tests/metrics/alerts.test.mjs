// alerts.test.mjs -- the rules that wake an operator, and the dashboard, are made of metrics that there
// are; and each rule fires on what it is for, and is silent otherwise.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { observability, promtoolSays, read, seriesOf, SERVICES, tableOf } from './tables.mjs';

const tables = {};
before(async () => {
    for (const service of SERVICES) {
        tables[service] = await tableOf(service);
    }
});

const known = () => new Set(['up', ...SERVICES.flatMap((service) => seriesOf(tables[service]))]);
const labelsKnown = () => new Set(['job', 'instance', 'le',
    ...SERVICES.flatMap((service) => tables[service].map(({ label }) => label)).filter(Boolean)]);

// Words of PromQL that are no metric.
const WORDS = new Set(['sum', 'by', 'rate', 'increase', 'max', 'min', 'count', 'absent', 'changes',
    'histogram_quantile', 'or', 'and', 'unless', 'without']);

// What an expression names: metrics, and labels.
function namesIn(expression) {
    const labels = [...expression.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"/g)].map(([, label]) => label);
    const grouped = [...expression.matchAll(/\bby \(([^)]*)\)/g)]
        .flatMap(([, list]) => list.split(/,\s*/));
    const bare = expression.replace(/\bby \([^)]*\)/g, '').replace(/\{[^}]*\}/g, '')
        .replace(/\[[^\]]*\]/g, '');
    const metrics = (bare.match(/[a-z_][a-z_0-9]*/g) ?? []).filter((word) => !WORDS.has(word));
    return { metrics, labels: [...labels, ...grouped] };
}

// {name, expression} of each rule; the file is simple enough for that.
function rules() {
    return read('alerts.yml').split(/^ {6}- alert: /m).slice(1).map((rule) => ({
        name: /^\w+/.exec(rule)[0],
        expression: /expr: (?:>-\n)?((?:.*\n(?! {8}\w+:))*.*)\n {8}\w+:/.exec(rule)[1].trim(),
    }));
}

function assertKnown(expression, where) {
    const { metrics, labels } = namesIn(expression);
    assert.ok(metrics.length > 0, `${where} names no metric: ${expression}`);
    metrics.forEach((metric) => assert.ok(known().has(metric), `${where}: no metric ${metric}`));
    labels.forEach((label) => assert.ok(labelsKnown().has(label), `${where}: no label ${label}`));
}

test('Prometheus finds no fault with the rules and its settings', async () => {
    assert.match(await promtoolSays(['check', 'rules', observability('alerts.yml')]),
        new RegExp(`SUCCESS: ${rules().length} rules found`));
    await promtoolSays(['check', 'config', '--lint=all', observability('prometheus.yml')]);
});

test('every metric and label that a rule names is in a table', () => {
    assert.ok(rules().length > 10);
    rules().forEach(({ name, expression }) => assertKnown(expression, name));
});

test('every metric and label that the dashboard names is in a table', () => {
    const { panels } = JSON.parse(read('dashboard.json'));
    const drawn = panels.filter(({ type }) => type !== 'row');
    assert.ok(drawn.length > 20);
    for (const { title, targets } of drawn) {
        assert.ok(targets.length > 0, title);
        targets.forEach(({ expr }) => assertKnown(expr, title));
    }
});

test('panels neither overlap nor share an id', () => {
    const { panels } = JSON.parse(read('dashboard.json'));
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
    const taken = new Set();
    for (const { title, gridPos: { x, y, w, h } } of panels) {
        for (let i = 0; i < w * h; i++) {
            const cell = `${x + (i % w)},${y + Math.floor(i / w)}`;
            assert.ok(x + w <= 24 && !taken.has(cell), title);
            taken.add(cell);
        }
    }
});

// What is scraped of a system that is well, a series a line: what Prometheus calls a notation of values.
const UP = SERVICES.map((job) => [`up{job="${job}",instance="1"}`, '1x60']);
const HOST = 'job="gateway",instance="1"';
const WELL = [
    ...UP,
    ['up{job="matcher",instance="2"}', '1x60'],
    [`ready{${HOST},condition="matcher"}`, '1x60'],
    [`process_start_time_seconds{${HOST}}`, '100x60'],
    ['matcher_waiting_users', '50x60'],
    ['matcher_matches_total', '0+60x60'],
    [`gateway_delivery_seconds_bucket{${HOST},le="0.001024"}`, '0+600x60'],
    [`gateway_delivery_seconds_bucket{${HOST},le="+Inf"}`, '0+600x60'],
    [`loop_lag_seconds_bucket{${HOST},le="0.001024"}`, '0+600x60'],
    [`loop_lag_seconds_bucket{${HOST},le="+Inf"}`, '0+600x60'],
    ['matcher_outbox_oldest_seconds', '2x60'],
    ['matcher_outbox_alarm', '0x60'],
    ['matcher_redis_seconds_bucket{le="0.001024"}', '0+600x60'],
    ['matcher_redis_seconds_bucket{le="+Inf"}', '0+600x60'],
    ['recorder_database_seconds_bucket{le="0.016384"}', '0+600x60'],
    ['recorder_database_seconds_bucket{le="+Inf"}', '0+600x60'],
    [`recorder_dead_letters_total{${HOST}}`, '7x60'],
    [`gateway_connections{${HOST}}`, '800x60'],
    [`gateway_connections_limit{${HOST}}`, '1000x60'],
    [`gateway_connections_turned_away_total{${HOST}}`, '9x60'],
    [`gateway_sessions{${HOST}}`, '800x60'],
    [`gateway_sessions_closed_total{${HOST},reason="ping timeout"}`, '0+60x60'],
    [`gateway_queue_bytes{${HOST}}`, '1000000x60'],
    [`wire_unsendable_total{${HOST}}`, '0+60x60'],
    [`wire_keys_refused_total{${HOST}}`, '3x60'],
];

// How each alert comes about: which series are otherwise, and how. null: it is not there.
const FAULTS = {
    ServiceGone: { 'up{job="relay",instance="1"}': null },
    ProcessDown: { 'up{job="matcher",instance="1"}': '0x60' },
    NotReady: { [`ready{${HOST},condition="matcher"}`]: '0x60' },
    RestartsAgainAndAgain: { [`process_start_time_seconds{${HOST}}`]: '100+120x60' },
    NobodyIsMatched: { matcher_matches_total: '500x60' },
    MessagesAreSlow: { [`gateway_delivery_seconds_bucket{${HOST},le="0.001024"}`]: '0+500x60',
        [`gateway_delivery_seconds_bucket{${HOST},le="4.194304"}`]: '0+600x60' },
    LoopIsLate: { [`loop_lag_seconds_bucket{${HOST},le="0.001024"}`]: '0+500x60',
        [`loop_lag_seconds_bucket{${HOST},le="1.048576"}`]: '0+600x60' },
    OutboxIsOld: { matcher_outbox_oldest_seconds: '0+60x60' },
    OutboxIsLarge: { matcher_outbox_alarm: '1x60' },
    RedisIsSlow: { 'matcher_redis_seconds_bucket{le="0.001024"}': '0+500x60',
        'matcher_redis_seconds_bucket{le="0.524288"}': '0+600x60' },
    DatabaseIsSlow: { 'recorder_database_seconds_bucket{le="0.016384"}': '0+100x60',
        'recorder_database_seconds_bucket{le="16.777216"}': '0+600x60' },
    RecordsAreSetAside: { [`recorder_dead_letters_total{${HOST}}`]: '7x20 8x40' },
    GatewayIsNearlyFull: { [`gateway_connections{${HOST}}`]: '900x60' },
    BrowsersAreTurnedAway: { [`gateway_connections_turned_away_total{${HOST}}`]: '9+6x60' },
    BrowsersAreLost: {
        [`gateway_sessions_closed_total{${HOST},reason="ping timeout"}`]: '0+6000x60' },
    BrowsersDoNotRead: { [`gateway_queue_bytes{${HOST}}`]: '300000000x60' },
    PeersDoNotTake: { [`wire_unsendable_total{${HOST}}`]: '0+6000x60' },
    StrangersOnTheBus: { [`wire_keys_refused_total{${HOST}}`]: '3+6x60' },
};

// A test of promtool: after half an hour of that, `fires` and nothing else has fired.
function scene(changes, fires) {
    const series = new Map([...WELL, ...Object.entries(changes)]);
    return {
        interval: '1m',
        input_series: [...series].filter(([, values]) => values !== null)
            .map(([name, values]) => ({ series: name, values })),
        promql_expr_test: rules().map(({ name }) => ({
            expr: `count(ALERTS{alertname="${name}",alertstate="firing"}) or vector(0)`,
            eval_time: '40m',
            exp_samples: [{ labels: '{}', value: name === fires ? 1 : 0 }],
        })),
    };
}

test('every rule fires on what it is for, alone, and none when all is well', async () => {
    assert.deepEqual(Object.keys(FAULTS).sort(), rules().map(({ name }) => name).sort());
    const folder = mkdtempSync(join(tmpdir(), 'alerts-'));
    const file = join(folder, 'test.yml');
    const scenes = [scene({}), ...Object.entries(FAULTS).map(([name, changes]) => scene(changes, name))];
    // YAML has JSON in it.
    writeFileSync(file, JSON.stringify({
        rule_files: [observability('alerts.yml')],
        evaluation_interval: '1m',
        tests: scenes,
    }));
    try {
        await promtoolSays(['test', 'rules', file]);
    } finally {
        rmSync(folder, { recursive: true });
    }
});
