// kubernetes.test.mjs -- both overlays: they render, they are what Kubernetes takes, they refer only to
// what is there, and their settings, ports, probes and arrows are those of the services.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { BROUGHT, Manifests, OVERLAYS, render } from './manifests.mjs';
import { references } from './references.mjs';
import { complaints } from './schema.mjs';
import { complaintOf, namesFor, SERVICES, settingsOf } from './settings.mjs';
import { fetchMetrics } from './metrics.mjs';

// Who dials whom, as in the picture in README, and the setting of the dialled that says where.
const ARROWS = ['gateway>matcher', 'gateway>relay', 'matcher>sessions'];
const STORES = { redis: 6379, postgres: 5432 };
const overlays = new Map();

before(() => {
    for (const overlay of OVERLAYS) {
        overlays.set(overlay, new Manifests(render(overlay)));
    }
});

// The same fact of each overlay.
function fact(name, check) {
    for (const overlay of OVERLAYS) {
        test(`${overlay}: ${name}`, () => check(overlays.get(overlay), overlay));
    }
}

function podOf(manifests, service) {
    return manifests.get('Deployment', service).spec.template.spec;
}

fact('every object is what Kubernetes 1.30 takes', (manifests) => {
    assert.ok(manifests.objects.length > 25);
    assert.deepEqual(complaints(manifests.objects), []);
});

test('what Kubernetes does not take is named', () => {
    const { objects } = overlays.get('production');
    const spoil = (kind, harm) => {
        const copy = structuredClone(objects.find((one) => one.kind === kind));
        harm(copy.spec);
        return complaints([copy]);
    };
    const harms = [
        ['Deployment', (spec) => (spec.template.spec.containers[0].readinesProbe = {})],
        ['Deployment', (spec) => (spec.replicas = 'two')],
        ['Service', (spec) => delete spec.ports[0].port],
        ['NetworkPolicy', (spec) => (spec.podSelectors = {})],
    ];
    harms.forEach(([kind, harm]) => assert.equal(spoil(kind, harm).length, 1, `${harm}`));
    assert.equal(complaints([{ ...objects[0], apiVersion: 'v2' }]).length, 1);
});

fact('everything that is referred to is there', (manifests, overlay) => {
    const brought = overlay === 'production' ? BROUGHT : new Map();
    assert.deepEqual(references(manifests, brought), []);
});

fact('a service gets every setting that it knows, and no other', (manifests) => {
    for (const service of SERVICES) {
        const environment = manifests.environmentOf(manifests.get('Deployment', service));
        const given = Object.keys(environment).map((name) => name.replace(/_FILE$/, '')).sort();
        assert.deepEqual(given, [...settingsOf(service).keys()].sort(), service);
        const unknown = Object.keys(environment).filter((name) => !namesFor(service).has(name));
        assert.deepEqual(unknown, [], service);
    }
});

fact('no service would refuse what it is given', (manifests) => {
    for (const service of SERVICES) {
        const all = manifests.environmentOf(manifests.get('Deployment', service));
        const here = Object.entries(all).filter(([name]) => !/_FILE$|^BUS_KEY/.test(name));
        assert.equal(complaintOf(service, Object.fromEntries(here)), '');
        const spoilt = complaintOf(service, { ...Object.fromEntries(here), LOG_LEVEL: 'loud' });
        assert.match(spoilt, /LOG_LEVEL/);
    }
});

fact('what must be the same at gateways and matchers is', (manifests) => {
    const [gateway, matcher] = ['gateway', 'matcher'].map((service) =>
        manifests.environmentOf(manifests.get('Deployment', service)));
    for (const name of ['LEASE_MS', 'RECOVERY_WINDOW_MS']) {
        assert.equal(gateway[name], matcher[name], name);
    }
});

fact('the ports are those that the services listen on', (manifests) => {
    for (const service of SERVICES) {
        const workload = manifests.get('Deployment', service);
        const environment = manifests.environmentOf(workload);
        const main = service === 'gateway' ? ['http', 'PORT'] : ['bus', 'BUS_PORT'];
        for (const [port, setting] of [main, ['admin', 'ADMIN_PORT']]) {
            const { containerPort } = manifests.portOf(workload, port);
            assert.equal(String(containerPort), environment[setting], `${service} ${port}`);
        }
    }
});

fact('who dials, dials the Service of what it names, at the port it listens on', (manifests) => {
    const dialled = { MATCHERS: 'matcher', RELAYS: 'relay', RECORDERS: 'sessions' };
    const found = [];
    for (const service of SERVICES) {
        const environment = manifests.environmentOf(manifests.get('Deployment', service));
        for (const [setting, peer] of Object.entries(dialled)) {
            if (setting in environment) {
                const { BUS_PORT } = manifests.environmentOf(manifests.get('Deployment', peer));
                assert.equal(environment[setting], `tcp://${peer}:${BUS_PORT}`);
                const { spec } = manifests.get('Service', peer);
                // All addresses, also of those that are not ready: peers find out by themselves.
                assert.equal(spec.clusterIP, 'None');
                assert.equal(spec.publishNotReadyAddresses, true);
                assert.deepEqual(spec.selector, { app: peer });
                assert.equal(String(spec.ports[0].port), BUS_PORT);
                found.push(`${service}>${peer}`);
            }
        }
    }
    assert.deepEqual(found.sort(), ARROWS);
});

fact('probes ask what the services answer, in time', (manifests) => {
    const pages = { startupProbe: '/healthz', livenessProbe: '/healthz', readinessProbe: '/readyz' };
    for (const service of SERVICES) {
        const [container] = podOf(manifests, service).containers;
        for (const [probe, path] of Object.entries(pages)) {
            assert.deepEqual(container[probe].httpGet, { path, port: 'admin' }, `${service} ${probe}`);
            assert.ok(container[probe].timeoutSeconds >= 3, `${service} ${probe}`);
        }
    }
    for (const { metadata, spec } of manifests.all('StatefulSet')) {
        const [container] = spec.template.spec.containers;
        for (const probe of Object.keys(pages)) {
            assert.ok(container[probe].exec.command.length > 1, `${metadata.name} ${probe}`);
            assert.ok(container[probe].timeoutSeconds >= 5, `${metadata.name} ${probe}`);
        }
    }
});

fact('a gateway has the time to drain', (manifests) => {
    const workload = manifests.get('Deployment', 'gateway');
    const { DRAIN_MS, RECOVERY_WINDOW_MS } = manifests.environmentOf(workload);
    const { terminationGracePeriodSeconds, containers } = workload.spec.template.spec;
    const before = containers[0].lifecycle.preStop.sleep.seconds;
    const { readinessProbe } = containers[0];
    assert.ok(before > readinessProbe.periodSeconds);
    assert.ok(terminationGracePeriodSeconds >= before + Number(DRAIN_MS) / 1000 + 10);
    assert.ok(Number(DRAIN_MS) > Number(RECOVERY_WINDOW_MS));
    assert.deepEqual(workload.spec.strategy.rollingUpdate, { maxUnavailable: 0, maxSurge: 1 });
});

fact('no pod may do more than it needs', (manifests) => {
    const { labels } = manifests.get('Namespace', 'anonymous-chat').metadata;
    assert.equal(labels['pod-security.kubernetes.io/enforce'], 'restricted');
    for (const { metadata, spec } of manifests.workloads) {
        const pod = spec.template.spec;
        assert.equal(pod.automountServiceAccountToken, false, metadata.name);
        assert.equal(pod.securityContext.runAsNonRoot, true, metadata.name);
        assert.ok(pod.securityContext.runAsUser > 0, metadata.name);
        assert.deepEqual(pod.securityContext.seccompProfile, { type: 'RuntimeDefault' });
        for (const { securityContext, resources } of pod.containers) {
            assert.deepEqual(securityContext, {
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ['ALL'] },
            }, metadata.name);
            assert.ok(resources.requests.cpu && resources.requests.memory && resources.limits.memory);
        }
    }
});

// Every "from>to:port" that policies allow, seen from one side; * is somebody who is none of ours.
function allowed(manifests, side) {
    const arrows = new Set();
    for (const { spec } of manifests.all('NetworkPolicy')) {
        for (const rule of spec[side] ?? []) {
            const others = rule[side === 'ingress' ? 'from' : 'to'].flatMap((peer) =>
                (peer.podSelector && !peer.namespaceSelector
                    ? manifests.selected(peer.podSelector).map(({ metadata }) => metadata.name)
                    : ['*']));
            for (const own of manifests.selected(spec.podSelector)) {
                for (const other of others) {
                    const [from, to] = side === 'ingress'
                        ? [other, own.metadata.name] : [own.metadata.name, other];
                    rule.ports.forEach(({ port }) => {
                        const there = side === 'ingress' ? manifests.portOf(own, port) : null;
                        arrows.add(`${from}>${to}:${there?.containerPort ?? port}`);
                    });
                }
            }
        }
    }
    return [...arrows].sort();
}

// The same as the code has it.
function meant(manifests, side) {
    const port = (service, name) => settingsOf(service).get(name).standard;
    const inside = ARROWS.map((arrow) => `${arrow}:${port(arrow.split('>')[1], 'BUS_PORT')}`);
    const names = manifests.workloads.map(({ metadata }) => `${metadata.name}>*:53`);
    const measured = SERVICES.map((service) => `*>${service}:${port(service, 'ADMIN_PORT')}`);
    const stores = [['matcher', 'redis'], ['sessions', 'postgres']].map(([from, store]) => {
        const isOurs = manifests.get('StatefulSet', store);
        return `${from}>${isOurs ? store : '*'}:${STORES[store]}`;
    });
    const toUs = stores.filter((arrow) => !arrow.includes('*'));
    const ways = side === 'ingress'
        ? [...inside, ...toUs, ...measured, `*>gateway:${port('gateway', 'PORT')}`]
        : [...inside, ...stores, ...names];
    return ways.sort();
}

fact('pods may speak along the arrows of the picture, and along no other', (manifests) => {
    const nothing = manifests.get('NetworkPolicy', 'nothing').spec;
    assert.deepEqual(nothing, { podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
    for (const side of ['ingress', 'egress']) {
        assert.deepEqual(allowed(manifests, side), meant(manifests, side), side);
    }
});

fact('one of each may be taken away, and whoever polls comes back to its gateway', (manifests) => {
    for (const service of SERVICES) {
        const { spec } = manifests.get('PodDisruptionBudget', service);
        assert.equal(spec.maxUnavailable, 1);
        const spread = podOf(manifests, service).topologySpreadConstraints;
        assert.deepEqual(spread.map(({ labelSelector }) => labelSelector.matchLabels.app),
            [service, service]);
    }
    assert.equal(manifests.get('Service', 'gateway').spec.sessionAffinity, 'ClientIP');
    const ingress = manifests.get('Ingress', 'gateway');
    const by = ingress?.metadata.annotations['nginx.ingress.kubernetes.io/upstream-hash-by'];
    assert.equal(by, ingress && '$remote_addr');
});

fact('who looks after the number of pods is one alone', (manifests) => {
    for (const service of SERVICES) {
        const scaled = manifests.get('HorizontalPodAutoscaler', service) !== undefined;
        const fixed = manifests.get('Deployment', service).spec.replicas !== undefined;
        assert.notEqual(scaled, fixed, service);
    }
});

test('gateways are counted by a metric that they have', async () => {
    const { spec } = overlays.get('production').get('HorizontalPodAutoscaler', 'gateway');
    const wanted = spec.metrics.find(({ type }) => type === 'Pods').pods.metric.name;
    assert.match(await fetchMetrics('gateway'), new RegExp(`^${wanted} \\d+$`, 'm'));
});

test('the ingress waits longer than a heartbeat takes, and takes what a gateway takes', () => {
    const manifests = overlays.get('production');
    const settings = manifests.environmentOf(manifests.get('Deployment', 'gateway'));
    const { annotations } = manifests.get('Ingress', 'gateway').metadata;
    const seconds = Number(annotations['nginx.ingress.kubernetes.io/proxy-read-timeout']);
    const beat = Number(settings.PING_INTERVAL_MS) + Number(settings.PING_TIMEOUT_MS);
    assert.ok(seconds * 1000 > beat);
    assert.equal(annotations['nginx.ingress.kubernetes.io/proxy-body-size'], '1m');
    assert.ok(Number(settings.MAX_PAYLOAD) <= 1024 * 1024);
    assert.equal(settings.TRUSTED_HOPS, '1');
});
