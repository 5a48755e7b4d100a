// stack.mjs -- a private system for one test file: Redis, Postgres and N of each service.
//
// The services come from the build in BUILD_DIR. Everything dies with the test, whatever the test
// dies of. SYSTEM_LOGS names a folder that keeps the logs; BUS_CURVE=1 encrypts the links.

import { chownSync, cpSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ask, freePorts, makeFolder, Process, run, sumOf } from './process.mjs';
import { until } from './wait.mjs';

const READY_MS = 30_000;
const POSTGRES = '/usr/lib/postgresql';
const KEYS = fileURLToPath(new URL('../../deploy/keys', import.meta.url));

// In the order of starting.
const PROCESSES = ['redis', 'postgres', 'sessions', 'relay', 'matcher', 'gateway'];
const SERVICES = PROCESSES.slice(2);

function dyingWithUs(signal, command) {
    return ['setpriv', '--pdeathsig', signal, ...command];
}

// Postgres refuses to be root. The signal is set after the change of user, which clears it.
function asPostgres(command) {
    const change = ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups'];
    return [...(process.getuid() === 0 ? change : []), ...command];
}

function newestPostgres() {
    const versions = readdirSync(POSTGRES).sort((a, b) => Number(b) - Number(a));
    return join(POSTGRES, versions[0], 'bin');
}

export class Stack {
    processes = new Map();
    #ports = new Map();
    #bin = newestPostgres();

    // How many of each; `settings` for all services, and `special` for those named there, such
    // as {'gateway-2': {PING_INTERVAL_MS: '1000'}}. `keys` says whether links are encrypted. Matchers are of `pools` pools by turns; all
    // but the first have a prefix of their own in Redis.
    constructor({
        gateways = 1,
        matchers = 1,
        relays = 1,
        recorders = 1,
        pools = 1,
        settings = {},
        special = {},
        keys = process.env.BUS_CURVE === '1',
    }) {
        this.counts = { gateway: gateways, matcher: matchers, relay: relays, sessions: recorders };
        this.pools = pools;
        this.settings = settings;
        this.special = special;
        this.keys = keys;
        this.build = resolve(process.env.BUILD_DIR ?? '.local/build/plain');
    }

    // A stack on which everything is ready.
    static async start(options = {}) {
        const stack = await Stack.prepare(options);
        await stack.startAll();
        return stack;
    }

    // A stack of which nothing runs yet.
    static async prepare(options = {}) {
        const stack = new Stack(options);
        stack.place = makeFolder();
        mkdirSync(join(stack.folder, 'log'));
        try {
            await stack.#prepareStores();
            await stack.#prepareKeys();
            await stack.#prepareServices();
        } catch (error) {
            await stack.stop();
            throw error;
        }
        return stack;
    }

    async startAll() {
        try {
            for (const kind of PROCESSES) {
                await Promise.all(this.names(kind).map((name) => this.revive(name)));
            }
            // A gateway is ready with one of each; a test may count on all of them.
            await Promise.all(SERVICES.map((kind) => this.#allJoined(kind)));
        } catch (error) {
            await this.stop().catch((wrongs) => (error.message += `\n${wrongs.message}`));
            throw error;
        }
    }

    names(kind) {
        return [...this.processes.keys()].filter((name) => name.startsWith(`${kind}-`));
    }

    // Every process knows all those that it works with.
    async #allJoined(kind) {
        const { gateway, matcher, relay, sessions } = this.counts;
        const peers = {
            gateway: matcher + relay,
            matcher: gateway + sessions,
            relay: gateway,
            sessions: matcher,
        }[kind];
        await Promise.all(this.names(kind).map((name) =>
            until(`${name} has ${peers} peers`, async () =>
                (await this.metric(name, 'peers')) === peers)));
    }

    // Everything that is kept anywhere: logs, Redis, Postgres.
    get folder() {
        return this.place.folder;
    }

    // --- One of them ---

    get(name) {
        return this.processes.get(name);
    }

    begin(name) {
        this.get(name).start();
    }

    async revive(name) {
        this.begin(name);
        await this.ready(name);
    }

    async ready(name) {
        const started = this.get(name);
        await until(
            `${name} is ready`,
            () => {
                if (!started.runs) {
                    throw new Error(`${name} ended; it said:\n${started.said().slice(-2000)}`);
                }
                return this.isReady(name);
            },
            READY_MS,
        );
    }

    async isReady(name) {
        const probes = { redis: () => this.redis('ping'), postgres: () => this.sql('select 1') };
        const probe = probes[name.split('-')[0]];
        if (probe) {
            return probe().then(Boolean, () => false);
        }
        return (await ask(this.adminPort(name), '/readyz')).status === 200;
    }

    kill(name) {
        return this.get(name).kill();
    }

    adminPort(name) {
        return this.#ports.get(name).admin;
    }

    async metric(name, metric) {
        const { body } = await ask(this.adminPort(name), '/metrics');
        return sumOf(body, metric);
    }

    url(n = 1) {
        return `http://127.0.0.1:${this.#ports.get(`gateway-${n}`).main}`;
    }

    // --- What the stores hold ---

    async redis(...words) {
        const socket = join(this.folder, 'redis', 'socket');
        return JSON.parse(await run('redis-cli', ['--json', '-s', socket, ...words]));
    }

    // The names of all keys that do not expire.
    lastingKeys() {
        const script = `local found = {}
            for _, key in ipairs (redis.call ('keys', '*')) do
                if redis.call ('ttl', key) < 0 then found[#found + 1] = key end
            end
            return found`;
        return this.redis('eval', script, '0');
    }

    // Rows as objects.
    async sql(query) {
        const text = await run(join(this.#bin, 'psql'), [
            ...['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-d', this.#databaseUrl],
            ...['-c', `select coalesce(json_agg(rows), '[]') from (${query}) rows`],
        ]);
        return JSON.parse(text);
    }

    async statement(text) {
        await run(join(this.#bin, 'psql'), ['-X', '-q', '-d', this.#databaseUrl, '-c', text]);
    }

    // What is put before the keys of a pool.
    prefixOf(pool) {
        return pool === 0 ? '' : `pool-${pool}:`;
    }

    // How many wait for a partner.
    waiting(pool = 0) {
        return this.redis('zcard', `${this.prefixOf(pool)}waiting_users`);
    }

    // Somebody's search, up to the place in line.
    async queues(person) {
        const before = await this.waiting();
        await person.ask('search');
        await until('one more stands in line', async () => (await this.waiting()) === before + 1);
    }

    // The record of a chat that is over, once it is there.
    record(chatId) {
        return until(`the record of ${chatId}`, async () =>
            (await this.sql(
                `select * from "ChatSession" where "id" = '${chatId}' and "endedAt" is not null`,
            ))[0]);
    }

    // --- The end ---

    // Stops everything; throws if any of it did not run or end as it should.
    async stop() {
        for (const kind of [...PROCESSES].reverse()) {
            await Promise.all(this.names(kind).map((name) => this.get(name).stop()));
        }
        const wrongs = [...this.processes.values()].flatMap((process) => process.wrongs());
        if (process.env.SYSTEM_LOGS) {
            cpSync(join(this.folder, 'log'), process.env.SYSTEM_LOGS, { recursive: true });
        }
        await this.place.remove();
        if (wrongs.length > 0) {
            throw new Error(wrongs.join('\n\n'));
        }
    }

    // --- How they are started ---

    get #databaseUrl() {
        return `postgresql://chat@/chat?host=${join(this.folder, 'postgres')}`;
    }

    #add(name, command, rest = {}) {
        const log = join(this.folder, 'log', `${name}.log`);
        this.processes.set(name, new Process({ name, command, log, ...rest }));
    }

    async #prepareStores() {
        const redis = join(this.folder, 'redis');
        const postgres = join(this.folder, 'postgres');
        const data = join(postgres, 'data');
        mkdirSync(redis);
        mkdirSync(postgres, { mode: 0o700 });
        if (process.getuid() === 0) {
            const uid = Number(await run('id', ['-u', 'postgres']));
            const gid = Number(await run('id', ['-g', 'postgres']));
            chownSync(postgres, uid, gid);
        }
        const [program, ...args] = asPostgres([
            ...[join(this.#bin, 'initdb'), '-D', data, '-U', 'chat', '--auth=trust', '--no-sync'],
            ...['--locale=C.UTF-8', '-E', 'UTF8', '--no-instructions'],
        ]);
        await run(program, args, { cwd: '/' });
        const server = join(this.#bin, 'postgres');
        const single = asPostgres([server, '--single', '-D', data, 'postgres']);
        const create = ['-c', 'echo "create database chat" | "$@"', 'sh', ...single];
        await run('sh', create, { cwd: '/' });

        this.#add('redis-1', dyingWithUs('KILL', [
            ...['redis-server', '--port', '0', '--unixsocket', join(redis, 'socket')],
            ...['--dir', redis, '--appendonly', 'yes', '--save', '', '--rdbcompression', 'no'],
            ...['--auto-aof-rewrite-percentage', '0'],
        ]));
        // The lock is held until the last child of a killed server has gone.
        const lock = ['flock', '--no-fork', '-w', '30', join(postgres, 'lock')];
        this.#add('postgres-1', asPostgres(dyingWithUs('INT', [
            ...[...lock, server, '-D', data, '-k', postgres],
            ...['-c', 'listen_addresses=', '-c', 'fsync=off', '-c', 'shared_buffers=16MB'],
        ])), { stopSignal: 'SIGINT' });
    }

    async #prepareKeys() {
        if (this.keys) {
            await this.runKeys();
        }
    }

    // Lets deploy/keys do something in the stack's folder of keys.
    runKeys(...words) {
        const folder = join(this.folder, 'keys');
        return run(KEYS, ['--bin', this.build, ...words, folder]);
    }

    #keysOf(kind) {
        const path = (file) => join(this.folder, 'keys', file);
        return this.keys ? { BUS_KEY: path(`${kind}.key`), BUS_KEYS: path('bus.keys') } : {};
    }

    async #prepareServices() {
        const names = SERVICES.flatMap((kind) =>
            Array.from({ length: this.counts[kind] }, (_, i) => `${kind}-${i + 1}`));
        const first = await freePorts(2 * names.length);
        names.forEach((name, i) =>
            this.#ports.set(name, { main: first + 2 * i, admin: first + 2 * i + 1 }));
        for (const name of names) {
            const kind = name.split('-')[0];
            const binary = join(this.build, kind, kind);
            if (!existsSync(binary)) {
                throw new Error(`${binary} is not there: BUILD_DIR names the build to test`);
            }
            this.#add(name, dyingWithUs('KILL', [binary]), { environment: this.#settingsOf(name) });
        }
    }

    #poolOf(name) {
        return (Number(name.split('-')[1]) - 1) % this.pools;
    }

    #settingsOf(name) {
        const { main, admin } = this.#ports.get(name);
        const kind = name.split('-')[0];
        const list = (dialled, belongs = () => true) =>
            [...this.#ports]
                .filter(([other]) => other.startsWith(`${dialled}-`) && belongs(other))
                .map(([, ports]) => `tcp://127.0.0.1:${ports.main}`).join(',');
        const pools = Array.from({ length: this.pools }, (_, pool) =>
            list('matcher', (other) => this.#poolOf(other) === pool));
        const own = {
            gateway: { PORT: main, MATCHERS: pools.join(';'), RELAYS: list('relay') },
            matcher: {
                BUS_PORT: main,
                REDIS_URL: `unix://${join(this.folder, 'redis', 'socket')}`,
                REDIS_PREFIX: this.prefixOf(this.#poolOf(name)),
                POOL: this.#poolOf(name),
                RECORDERS: list('sessions'),
            },
            relay: { BUS_PORT: main },
            sessions: { BUS_PORT: main, DATABASE_URL: this.#databaseUrl },
        }[kind];
        return {
            UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1',
            BIND: '127.0.0.1',
            LOG_LEVEL: 'debug',
            RECOVERY_WINDOW_MS: '1000',
            TRUSTED_HOPS: '1',
            ADMIN_PORT: String(admin),
            ...this.#keysOf(kind),
            ...Object.fromEntries(Object.entries(own).map(([key, value]) => [key, String(value)])),
            ...this.settings,
            ...this.special[name],
        };
    }
}
