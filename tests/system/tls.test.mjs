// tls.test.mjs -- the gateway's own port: with a certificate, and shared by two processes.

import assert from 'node:assert/strict';
import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { connect } from 'node:tls';
import { io } from 'socket.io-client';
import { Process, ask, freePorts, makeFolder, run } from './process.mjs';
import { until, within } from './wait.mjs';

const GATEWAY = join(process.env.BUILD_DIR ?? '.local/build/plain', 'gateway', 'gateway');
const place = makeFolder();
const running = [];

// A gateway whose matcher and relay are nowhere.
async function startGateway(settings) {
    const admin = await freePorts();
    const gateway = new Process({
        name: `gateway-${admin}`,
        command: [GATEWAY],
        log: join(place.folder, `gateway-${admin}.log`),
        environment: {
            ADMIN_PORT: admin,
            MATCHERS: 'tcp://127.0.0.1:1',
            RELAYS: 'tcp://127.0.0.1:1',
            RECOVERY_WINDOW_MS: 0,
            ...settings,
        },
    });
    gateway.admin = admin;
    running.push(gateway);
    gateway.start();
    return gateway;
}

async function isUp(gateway) {
    await until('the gateway answers', async () => (await ask(gateway.admin, '/healthz')).status === 200);
}

async function makeCertificate(name) {
    const [cert, key] = [join(place.folder, `${name}.pem`), join(place.folder, `${name}.key`)];
    await run('openssl', [
        'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2',
        '-subj', `/CN=${name}`, '-keyout', key, '-out', cert,
    ]);
    return { cert, key };
}

function use({ cert, key }) {
    copyFileSync(cert, join(place.folder, 'cert.pem'));
    copyFileSync(key, join(place.folder, 'key.pem'));
}

// What a TLS client learns: the name on the certificate, and the protocol that was agreed on.
function greet(port) {
    return within(
        'a TLS handshake',
        new Promise((tell, fail) => {
            const options = { port, host: '127.0.0.1', rejectUnauthorized: false };
            const socket = connect({ ...options, ALPNProtocols: ['h2', 'http/1.1'] }, () => {
                tell({ name: socket.getPeerCertificate().subject.CN, protocol: socket.alpnProtocol });
                socket.destroy();
            });
            socket.once('error', fail);
        }),
    );
}

let first;
let second;
before(async () => {
    first = await makeCertificate('first');
    second = await makeCertificate('second');
});

after(async () => {
    for (const gateway of running) {
        await gateway.stop();
    }
    const wrongs = running.flatMap((gateway) => gateway.wrongs());
    await place.remove();
    assert.ok(!existsSync(place.folder));
    assert.deepEqual(wrongs, []);
});

test('an unmodified client connects over TLS and upgrades, and a new certificate is taken on SIGHUP', async () => {
    const port = await freePorts();
    use(first);
    const gateway = await startGateway({
        PORT: port,
        TLS_CERT: join(place.folder, 'cert.pem'),
        TLS_KEY: join(place.folder, 'key.pem'),
    });
    await isUp(gateway);
    assert.deepEqual(await greet(port), { name: 'first', protocol: 'http/1.1' });

    const socket = io(`https://127.0.0.1:${port}`, { rejectUnauthorized: false });
    try {
        const state = new Promise((tell) => socket.once('state', tell));
        assert.equal((await within('state', state)).state, 'idle');
        await until('the upgrade', () => socket.io.engine.transport.name === 'websocket');
        const answer = new Promise((tell) => socket.emit('end_chat', tell));
        assert.deepEqual(await within('an answer', answer), { status: 'idle' });

        use(second);
        gateway.signal('SIGHUP');
        await until('the new certificate', async () => (await greet(port)).name === 'second');
        assert.ok(socket.connected);
    } finally {
        socket.close();
    }
});

test('a certificate that is none keeps the gateway from starting, and is named', async () => {
    const settings = { PORT: await freePorts(), TLS_CERT: '/nowhere/cert.pem', TLS_KEY: first.key };
    for (const [cert, complaint] of [
        ['/nowhere/cert.pem', /TLS_CERT is '\/nowhere\/cert.pem', which cannot be read/],
        [first.key, /TLS_CERT or TLS_KEY is not a certificate/],
    ]) {
        const gateway = await startGateway({ ...settings, TLS_CERT: cert });
        running.pop();
        assert.equal(await within('its end', gateway.ended), 1);
        assert.match(gateway.said(), complaint);
    }
});

test('two gateways share a port if both are told to, and a third is refused', async () => {
    const port = await freePorts();
    const pair = [
        await startGateway({ PORT: port, PORT_SHARED: 1 }),
        await startGateway({ PORT: port, PORT_SHARED: 1 }),
    ];
    await Promise.all(pair.map(isUp));
    const sockets = Array.from({ length: 40 }, () =>
        io(`http://127.0.0.1:${port}`, { transports: ['websocket'], forceNew: true }),
    );
    try {
        for (const gateway of pair) {
            await until('both have some', async () => {
                const { body } = await ask(gateway.admin, '/metrics');
                return Number(/^gateway_sessions (\d+)$/m.exec(body)[1]) > 0;
            });
        }
    } finally {
        sockets.forEach((socket) => socket.close());
    }
    const third = await startGateway({ PORT: port });
    running.pop();
    assert.equal(await within('its end', third.ended), 1);
    assert.match(third.said(), /cannot listen on BIND 127.0.0.1 and PORT/);
});
