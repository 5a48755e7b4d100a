// settings.test.mjs -- deploy/compose.yaml gives each service what it knows, and nothing else.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { DEPLOY } from './manifests.mjs';
import { complaintOf, namesFor, SERVICES, settingsOf } from './settings.mjs';

function read(file) {
    return parse(readFileSync(join(DEPLOY, file), 'utf8'), { merge: true });
}

const { services } = read('compose.yaml');

// What the image, or the network that the containers share, decides.
const FIXED = ['BIND', 'PORT', 'PORT_SHARED', 'ADMIN_PORT', 'BUS_PORT', 'WEB_ROOT', 'TLS_CERT', 'TLS_KEY'];
const KEYS = ['BUS_KEY', 'BUS_KEYS'];
const POOLS = ['POOL', 'POOL_WAIT_MS']; // A second pool needs a compose file of one's own.

for (const service of SERVICES) {
    test(`compose: ${service} can be given every setting of its own, and no other`, () => {
        const given = Object.keys(services[service].environment);
        const known = namesFor(service);
        assert.deepEqual(given.filter((name) => !known.has(name)), []);
        const settings = given.map((name) => name.replace(/_FILE$/, ''));
        const missing = [...settingsOf(service).keys()].filter((name) =>
            ![...settings, ...FIXED, ...KEYS, ...POOLS].includes(name));
        assert.deepEqual(missing, []);
    });

    test(`compose: ${service} would not refuse what is written there`, () => {
        const written = Object.entries(services[service].environment)
            .filter(([name, value]) => value !== null && !name.endsWith('_FILE'))
            .map(([name, value]) => [name, String(value).replace(/^\$\{\w+:-(.*)\}$/, '$1')]);
        assert.equal(complaintOf(service, Object.fromEntries(written)), '');
    });

    test(`compose: with keys, ${service} is given its own and everybody's public ones`, () => {
        const { environment, secrets } = read('compose.keys.yaml').services[service];
        assert.equal(environment.BUS_KEY, '/run/secrets/bus_key');
        assert.equal(environment.BUS_KEYS, '/run/secrets/bus_keys');
        assert.deepEqual(secrets, [{ source: `${service}_key`, target: 'bus_key' }, 'bus_keys']);
        const names = namesFor(service);
        assert.deepEqual(Object.keys(environment).filter((name) => !names.has(name)), []);
    });
}

test('what a service dials is where the other listens', () => {
    const places = { MATCHERS: 'matcher', RELAYS: 'relay', RECORDERS: 'sessions' };
    for (const { environment } of Object.values(services)) {
        for (const [setting, peer] of Object.entries(places)) {
            if (environment && setting in environment) {
                const port = settingsOf(peer).get('BUS_PORT').standard;
                assert.equal(environment[setting], `tcp://${peer}:${port}`);
            }
        }
    }
});

test('a container is given more time to stop than a gateway takes to drain', () => {
    const drainMs = Number(settingsOf('gateway').get('DRAIN_MS').standard);
    assert.ok(parseInt(services.gateway.stop_grace_period, 10) * 1000 >= drainMs + 10_000);
});

test('the images have the ports that the services listen on', () => {
    const recipe = readFileSync(join(DEPLOY, 'Dockerfile'), 'utf8');
    for (const service of SERVICES) {
        const [, image] = recipe.split(`FROM scratch AS ${service}\n`);
        const standard = (name) => settingsOf(service).get(name).standard;
        const main = standard(service === 'gateway' ? 'PORT' : 'BUS_PORT');
        assert.match(image, new RegExp(`^[^#]*?EXPOSE ${main} ${standard('ADMIN_PORT')}\n`));
    }
});

test('the edge waits longer than a heartbeat takes, and asks gateways where they answer', () => {
    const edge = readFileSync(join(DEPLOY, 'haproxy.cfg'), 'utf8');
    const standard = (name) => settingsOf('gateway').get(name).standard;
    const beat = Number(standard('PING_INTERVAL_MS')) + Number(standard('PING_TIMEOUT_MS'));
    for (const side of ['client', 'server', 'tunnel']) {
        const [, seconds] = new RegExp(`timeout ${side} (\\d+)s`).exec(edge);
        assert.ok(Number(seconds) * 1000 > beat, side);
    }
    assert.ok(edge.includes(`check port ${standard('ADMIN_PORT')} `));
    assert.ok(edge.includes(`gateway:${standard('PORT')}\n`));
});

test('compose: the dashboard, the alerts and what finds them are where Grafana and Prometheus look', () => {
    const { configs, services: watching } = read('compose.observability.yaml');
    for (const { file } of Object.values(configs)) {
        assert.ok(readFileSync(join(DEPLOY, file)).length > 0, file);
    }
    const places = (kind) => watching[kind].configs.map(({ target }) => target);
    const { rule_files: rules } = read('observability/prometheus.yml');
    rules.forEach((rule) => assert.ok(places('prometheus').includes(`/etc/prometheus/${rule}`)));
    const { providers } = read('observability/grafana/dashboards.yml');
    assert.ok(places('grafana').includes(`${providers[0].options.path}/chat.json`));
    JSON.parse(readFileSync(join(DEPLOY, 'observability/dashboard.json'), 'utf8'));
    const ports = Object.values(watching).flatMap((one) => one.ports ?? []);
    assert.ok(ports.every((port) => port.startsWith('127.0.0.1:')), `${ports}`);
});

test('only the edge has a port, and a way out of its networks', () => {
    const { networks } = read('compose.yaml');
    const open = Object.keys(networks).filter((name) => !networks[name].internal);
    assert.deepEqual(open, ['outside']);
    for (const [name, { ports, networks: own }] of Object.entries(services)) {
        assert.equal(Boolean(ports), name === 'edge', name);
        assert.equal(own.includes('outside'), name === 'edge', name);
    }
});
