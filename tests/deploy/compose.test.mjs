// compose.test.mjs -- deploy/compose.yaml with two of everything, as people and operators meet it.
//
// tests/deploy/run builds the images and starts this where an engine is.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pair, Person } from '../system/person.mjs';
import { run } from '../system/process.mjs';
import { Talk } from '../system/talk.mjs';
import { until } from '../system/wait.mjs';
import { ADMIN_PORTS, Compose, DEPLOY, fetchPage, OTHERS, PORT, SERVICES } from './compose.mjs';
import { Crowd } from './crowd.mjs';
import { Outside } from './outside.mjs';

const { SECRETS } = process.env;
const PAIRS = 6;
const MEASURED_MS = 60_000;
const POLLING = { transports: ['polling'] };
const UPGRADING = { transports: ['polling', 'websocket'] };

// What keeps limits out of the way: everybody here has the edge's neighbour's address.
const service = new Compose({
    MESSAGES_PER_MINUTE: '0',
    SEARCHES_PER_MINUTE: '0',
    PACKETS_PER_SECOND: '0',
    AVOID_MS: '0',
});
let failed = true;

before(async () => {
    await service.up(2);
    failed = false;
});
after(async () => {
    if (failed) {
        console.log(await service.said());
    }
    await service.compose('down', '--volumes', '--timeout', '5').catch(() => {});
});

// A test whose failure shows what the containers said.
function fact(name, check) {
    test(name, async () => {
        try {
            await check();
        } catch (error) {
            failed = true;
            throw error;
        }
    });
}

const texts = (who) => who.all('message').map(({ text }) => text);

async function meet(options) {
    const people = await Promise.all([0, 1].map(() => Person.arrive(service.url, options)));
    people[0].say('search');
    people[1].say('search');
    await Promise.all(people.map((person) => person.hears('matched')));
    return people;
}

fact('two of each service are healthy, and know each other', async () => {
    const peers = { gateway: 4, matcher: 4, relay: 2, sessions: 2 };
    for (const kind of SERVICES) {
        const containers = await service.containers(kind);
        assert.deepEqual(containers.map(({ State }) => State.Health.Status), ['healthy', 'healthy']);
        for (const container of containers) {
            await until(`${container.Name} has ${peers[kind]} peers`, async () =>
                (await service.metric(container, 'peers')) === peers[kind]);
        }
    }
});

fact('no container is root, can write to its image, or has a privilege to gain', async () => {
    for (const kind of [...SERVICES, ...OTHERS]) {
        for (const { Name, Config, HostConfig } of await service.containers(kind)) {
            assert.match(Config.User, /^(?!0$|root|$)/, Name);
            assert.equal(HostConfig.ReadonlyRootfs, true, Name);
            assert.deepEqual(HostConfig.CapDrop, ['ALL'], Name);
            assert.deepEqual(HostConfig.SecurityOpt, ['no-new-privileges:true'], Name);
            assert.ok(HostConfig.Memory > 0 && HostConfig.NanoCpus > 0, Name);
            assert.equal(HostConfig.RestartPolicy.Name, 'unless-stopped', Name);
        }
    }
});

fact('no secret is in an environment, where many can read it', async () => {
    for (const kind of [...SERVICES, ...OTHERS]) {
        for (const { Name, Config } of await service.containers(kind)) {
            const telling = Config.Env.filter((line) =>
                /:\/\/[^@]*@|PASSWORD(?!_FILE=\/run\/secrets\/)/.test(line));
            assert.deepEqual(telling, [], Name);
        }
    }
});

fact('an image of ours holds no shell', async () => {
    for (const kind of SERVICES) {
        const [{ Id }] = await service.containers(kind);
        await assert.rejects(service.docker('exec', Id, 'sh', '-c', 'true'), /sh/);
    }
});

fact('the edge serves the page with all that it loads, and nothing that is for operators', async () => {
    const page = await fetchPage('127.0.0.1', PORT, '/');
    assert.equal(page.status, 200);
    const loads = [...page.body.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path);
    assert.ok(loads.length >= 2);
    for (const path of loads) {
        assert.equal((await fetchPage('127.0.0.1', PORT, path)).status, 200, path);
    }
    for (const path of ['/metrics', '/readyz', '/healthz']) {
        assert.equal((await fetchPage('127.0.0.1', PORT, path)).status, 404, path);
    }
});

for (const [how, options] of Object.entries({
    'WebSockets': {},
    'long polling alone': POLLING,
    'polling that becomes a WebSocket': UPGRADING,
})) {
    fact(`by ${how}, many pairs talk both ways, each text once and in order`, async () => {
        for (let i = 0; i < 4; i++) {
            const [a, b] = await meet(options);
            const said = Array.from({ length: 10 }, (_, n) => `text ${n}`);
            await Promise.all([a, b].flatMap((who) => said.map((text) => who.tells(text))));
            await Promise.all([a.catchesUp(), b.catchesUp()]);
            assert.deepEqual([texts(a), texts(b)], [said, said]);
            a.say('end_chat');
            await b.hears('partner_left');
            a.leaves();
            b.leaves();
        }
    });
}

fact('a chat is put on record, and no word of it', async () => {
    const [a, b] = await pair(service.url);
    const [{ chatId }] = a.all('matched');
    await a.tells('a-word-that-nobody-keeps');
    a.say('end_chat');
    await b.hears('partner_left');
    const row = await until('the record', async () =>
        (await service.sql(`select * from "ChatSession" where id = '${chatId}'`))
            .find(({ endedAt }) => endedAt));
    assert.equal(row.endReason, 'ended');
    assert.ok(!JSON.stringify(row).includes('a-word'));
    a.leaves();
    b.leaves();
});

fact('people are spread over both gateways, and a polling session stays where it began', async () => {
    const people = await Promise.all(Array.from({ length: 20 }, () =>
        Person.arrive(service.url, POLLING)));
    const users = await Promise.all((await service.containers('gateway')).map((container) =>
        service.metric(container, 'gateway_users')));
    assert.ok(users.every((count) => count >= 5), `${users}`);
    for (const person of people) {
        await person.catchesUp();
        assert.ok(person.socket.connected);
        person.leaves();
    }
});

fact('from outside nothing takes connections but the edge', async () => {
    const outside = await Outside.enter();
    try {
        assert.deepEqual(await outside.scanEngine('1-65535'), [`192.0.2.1:${PORT}`]);
        const found = await Promise.all([...SERVICES, ...OTHERS].map((kind) =>
            service.containers(kind)));
        const addresses = found.flat().flatMap((container) => service.addressesOf(container));
        assert.ok(addresses.length >= 18);
        const [edge] = await service.containers('edge');
        const edges = service.addressesOf(edge).map((address) => `${address}:${PORT}`);
        const ports = [3000, 5432, 5701, 5702, 5703, 6379, PORT, ...Object.values(ADMIN_PORTS)];
        const open = await outside.scan(addresses, ports.join(','));
        assert.deepEqual(open.filter((place) => !edges.includes(place)), []);
    } finally {
        outside.leave();
    }
});

fact('nobody can be reached but from those who speak with them', async () => {
    const reach = {
        edge: ['gateway'],
        gateway: ['edge', 'matcher', 'relay'],
        matcher: ['gateway', 'relay', 'sessions', 'redis'],
        relay: ['gateway', 'matcher'],
        sessions: ['matcher', 'postgres'],
        redis: ['matcher'],
        postgres: ['sessions'],
    };
    const networks = {};
    for (const kind of Object.keys(reach)) {
        const [container] = await service.containers(kind);
        networks[kind] = new Set(Object.keys(container.NetworkSettings.Networks));
    }
    for (const [kind, own] of Object.entries(networks)) {
        const met = Object.keys(networks).filter((other) =>
            other !== kind && [...networks[other]].some((network) => own.has(network)));
        assert.deepEqual(met.sort(), [...reach[kind]].sort(), kind);
    }
});

fact('kill one container of each, and no chat notices', async () => {
    const crowd = await Crowd.gather(service, PAIRS);
    try {
        for (const kind of ['relay', 'matcher', 'sessions', 'gateway', 'redis', 'postgres', 'edge']) {
            const [container] = await service.containers(kind);
            await crowd.suffers(`${kind} killed`, () => service.kills(container));
        }
        await crowd.ends(PAIRS);
    } finally {
        crowd.leave();
    }
});

fact('a rolling restart of the gateways ends no chat and loses no text', async () => {
    const old = (await service.containers('gateway')).map(({ Id }) => Id);
    const crowd = await Crowd.gather(service, PAIRS);
    try {
        await crowd.suffers('gateways rolled', () => service.roll('gateway'));
        await crowd.ends(PAIRS);
    } finally {
        crowd.leave();
    }
    const now = await service.containers('gateway');
    assert.equal(now.length, 2);
    assert.ok(now.every(({ Id }) => !old.includes(Id)));
});

fact('a steady talk outlives a rolling restart of all else', async () => {
    const [a, b] = await pair(service.url);
    const talk = new Talk(a, b);
    await Promise.all(['sessions', 'relay', 'matcher'].map((kind) => service.roll(kind)));
    await talk.goesOn();
    await talk.ends();
    a.leaves();
    b.leaves();
});

fact('what was backed up comes back, while people chat', async () => {
    const [a, b] = await pair(service.url);
    const talk = new Talk(a, b);
    const store = (...words) => service.compose('exec', '-T', 'postgres', ...words);
    const rows = 'select id, "endedAt" from "ChatSession" where "endedAt" is not null order by id';
    const before = await service.sql(rows);
    assert.ok(before.length > 0);
    await store('pg_dump', '-U', 'chat', '-Fc', '-f', '/tmp/chat.dump', 'chat');
    await store('psql', '-U', 'chat', '-c', 'delete from "ChatSession"');
    await service.compose('stop', 'sessions');
    await store('pg_restore', '-U', 'chat', '-d', 'chat', '--clean', '--if-exists', '/tmp/chat.dump');
    await service.compose('start', 'sessions');
    // What was said of a chat before may have come to a recorder just now.
    const old = new Set(before.map(({ id }) => id));
    assert.deepEqual((await service.sql(rows)).filter(({ id }) => old.has(id)), before);
    await talk.goesOn();
    await talk.ends();
    const [{ chatId }] = a.all('matched');
    a.say('end_chat');
    await b.hears('partner_left');
    await until('the chat that went on is on record', async () =>
        (await service.sql(rows)).some(({ id }) => id === chatId));
    a.leaves();
    b.leaves();
});

fact('with new passwords, people chat on', async () => {
    const [a, b] = await pair(service.url);
    const talk = new Talk(a, b);
    const renew = (name) => run('bash', [join(DEPLOY, 'secrets'), '--renew', name, SECRETS]);
    await renew('redis');
    await service.compose('up', '-d', '--no-build', '--force-recreate', '--no-deps', 'redis');
    await service.roll('matcher');
    await talk.goesOn();
    await renew('postgres');
    const password = readFileSync(join(SECRETS, 'postgres_password'), 'utf8').trim();
    const change = `alter role chat password '${password}'`;
    await service.compose('exec', '-T', 'postgres', 'psql', '-U', 'chat', '-c', change);
    await service.roll('sessions');
    await talk.ends();
    a.leaves();
    b.leaves();
    const [c, d] = await pair(service.url);
    const [{ chatId }] = c.all('matched');
    c.say('end_chat');
    await d.hears('partner_left');
    await until('a new chat is on record', async () =>
        (await service.sql(`select * from "ChatSession" where id = '${chatId}'`)).length === 1);
    c.leaves();
    d.leaves();
});

fact('with keys, the services speak with one another encrypted, and people notice nothing', async () => {
    service.overrideBy('compose.keys.yaml', 'compose.observability.yaml');
    // Without Grafana, for which there is no stand-in.
    await service.up(1, 'edge', 'sessions', 'prometheus');
    for (const [kind, peers] of Object.entries({ gateway: 2, matcher: 2, relay: 1, sessions: 1 })) {
        const [container] = await service.containers(kind);
        assert.ok(container.Config.Env.includes('BUS_KEY=/run/secrets/bus_key'));
        await until(`${kind} has ${peers} peers`, async () =>
            (await service.metric(container, 'peers')) === peers);
    }
    const [a, b] = await pair(service.url);
    await a.tells('in confidence');
    assert.equal((await b.hears('message')).text, 'in confidence');
    a.leaves();
    b.leaves();
});

fact('Prometheus finds every process, and knows the alerts', async () => {
    const ask = async (path) =>
        JSON.parse((await fetchPage('127.0.0.1', 9090, path)).body || '{}').data ?? {};
    await until('one of each is measured', async () => {
        const { activeTargets = [] } = await ask('/api/v1/targets');
        const up = activeTargets.filter(({ health }) => health === 'up');
        return SERVICES.every((kind) => up.some(({ labels }) => labels.job === kind));
    }, MEASURED_MS);
    const { groups } = await ask('/api/v1/rules');
    assert.ok(groups.flatMap(({ rules }) => rules).length > 5);
});

fact('taken down, it leaves nothing', async () => {
    await service.compose('down', '--volumes', '--timeout', '45');
    assert.equal(await service.docker('ps', '--all', '--quiet'), '');
    assert.equal(await service.docker('volume', 'ls', '--quiet'), '');
    assert.equal(await service.docker('network', 'ls', '--quiet', '--filter', 'type=custom'), '');
});
