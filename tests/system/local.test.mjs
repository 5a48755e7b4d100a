// local.test.mjs -- deploy/local brings everything up, keeps it up, and takes it all away.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { pair } from './person.mjs';
import { ask, freePorts, isAlive, makeFolder, Process, run } from './process.mjs';
import { Talk } from './talk.mjs';
import { until } from './wait.mjs';

const BUILD_MS = 600_000; // The first time it compiles everything.
const local = fileURLToPath(new URL('../../deploy/local', import.meta.url));
const names = [
    ...['gateway-1', 'gateway-2', 'matcher-1', 'relay-1', 'relay-2', 'sessions-1'],
    ...['redis-1', 'postgres-1'],
];
const binaries = { redis: /^redis-/, postgres: /^postgres$/ };

let place;
let port;
let state;
let supervisor;
const seen = new Set(); // Every process there ever was.

function options(at) {
    return ['--port', String(at), '--gateways', '2', '--relays=2'];
}

function pidOf(name) {
    try {
        return Number(readFileSync(join(state, 'run', `${name}.pid`), 'utf8'));
    } catch {
        return 0;
    }
}

// The process that NAME is now, other than `before`.
function current(name, before = 0) {
    const pid = pidOf(name);
    const runs = pid !== 0 && pid !== before && isAlive(pid);
    if (runs) {
        seen.add(pid);
    }
    return runs ? pid : 0;
}

before(async () => {
    place = makeFolder();
    state = join(place.folder, 'state');
    port = await freePorts(2);
    supervisor = new Process({
        name: 'deploy/local',
        command: ['setpriv', '--pdeathsig', 'TERM', local, ...options(port)],
        log: join(place.folder, 'log'),
        environment: { LOCAL_DIR: state, MESSAGES_PER_MINUTE: '0' },
    });
    supervisor.start();
    await until('the page is reached', () => {
        assert.ok(supervisor.runs, supervisor.said());
        return supervisor.said().includes(`The page is at http://localhost:${port}`);
    }, BUILD_MS);
});
after(async () => {
    await supervisor.stop();
    await place.remove();
    assert.deepEqual(supervisor.wrongs(), []);
});

test('both gateways serve the page and all that it needs', async () => {
    for (const at of [port, port + 1]) {
        const { status, body } = await ask(at, '/');
        assert.equal(status, 200);
        const parts = [...body.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path);
        assert.ok(parts.some((path) => path.endsWith('.js')), body);
        for (const path of parts) {
            assert.equal((await ask(at, path)).status, 200, path);
        }
    }
});

test('each process has its pid file and its log', async () => {
    const files = readdirSync(join(state, 'run')).filter((file) => file.endsWith('.pid'));
    assert.deepEqual(files.sort(), names.map((name) => `${name}.pid`).sort());
    const logs = readdirSync(join(state, 'log'));
    for (const name of names) {
        const kind = name.split('-')[0];
        const binary = basename(readlinkSync(`/proc/${current(name)}/exe`));
        assert.match(binary, binaries[kind] ?? new RegExp(`^${kind}$`));
        assert.ok(logs.includes(`${name}.log`), name);
    }
});

test('a second one in the same place is refused', async () => {
    const environment = { ...process.env, LOCAL_DIR: state };
    const refusal = run(local, options(await freePorts(2)), { env: environment });
    await assert.rejects(refusal, /already runs here/);
});

test('a second one on the same port is refused', async () => {
    const environment = { ...process.env, LOCAL_DIR: join(place.folder, 'other') };
    await assert.rejects(run(local, options(port), { env: environment }), /Port \d+ is taken/);
});

test('whatever is killed is back within a second, and a chat goes on', async (t) => {
    const [a, b] = await pair(`http://127.0.0.1:${port}`, `http://127.0.0.1:${port + 1}`);
    const talk = new Talk(a, b);
    await talk.goesOn();
    for (const name of names.filter((one) => !one.startsWith('gateway-'))) {
        const before = current(name);
        process.kill(before, 'SIGKILL');
        const killed = performance.now();
        await until(`${name} is back`, () => current(name, before));
        const took = performance.now() - killed;
        t.diagnostic(`${name} was back after ${took.toFixed(0)} ms`);
        assert.ok(took < 1000, `${name} was back after ${took} ms`);
        await talk.goesOn();
    }
    await talk.ends();
    a.leaves();
    b.leaves();
    const [c, d] = await pair(`http://127.0.0.1:${port + 1}`, `http://127.0.0.1:${port}`);
    await c.tells('all is well');
    d.leaves();
    await c.hears('partner_left');
    c.leaves();
});

test('a gateway that is killed serves the page again within a second', async () => {
    const before = current('gateway-1');
    process.kill(before, 'SIGKILL');
    await until('the page is back', async () => {
        const back = current('gateway-1', before);
        return back && (await ask(port, '/')).status === 200;
    }, 1000);
});

test('SIGTERM stops everything, and nothing is left', async () => {
    names.forEach((name) => current(name));
    await supervisor.stop();
    assert.deepEqual(supervisor.wrongs(), []);
    assert.deepEqual([...seen].filter(isAlive), []);
    const files = readdirSync(join(state, 'run'));
    assert.deepEqual(files.filter((file) => /\.(pid|sock)$/.test(file)), []);
    assert.equal((await ask(port, '/')).status, 0);
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
        let environment = '';
        try {
            environment = readFileSync(`/proc/${pid}/environ`, 'latin1');
        } catch {
            // It has ended, or is nobody of ours.
        }
        assert.ok(!environment.includes(`LOCAL_DIR=${state}`), `process ${pid} is left`);
    }
});
