// compose.mjs -- what deploy/compose.yaml runs, as a test sees it from the machine that runs it.
//
// We share the engine's network, and its processes are ours to see: tests/deploy/run has made it so.

import { get } from 'node:http';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run, sumOf } from '../system/process.mjs';
import { until } from '../system/wait.mjs';

export const DEPLOY = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'deploy');
export const PORT = 8080;
export const SERVICES = ['gateway', 'matcher', 'relay', 'sessions'];
export const OTHERS = ['edge', 'redis', 'postgres'];
export const ADMIN_PORTS = { gateway: 9100, matcher: 9101, relay: 9102, sessions: 9103 };

const READY_MS = 60_000;
const UP_SECONDS = 180;

// {status, body} of a page; status 0 when nobody answers.
export function fetchPage(host, port, path) {
    return new Promise((tell) => {
        const nobody = () => tell({ status: 0, body: '' });
        const request = get({ host, port, path, agent: false }, (answer) => {
            let body = '';
            answer.setEncoding('utf8');
            answer.on('data', (part) => (body += part));
            answer.on('end', () => tell({ status: answer.statusCode, body }));
            answer.on('error', nobody);
        });
        request.setTimeout(3000, () => request.destroy(new Error('no answer')));
        request.on('error', nobody);
    });
}

export class Compose {
    url = `http://127.0.0.1:${PORT}`;

    // `settings` are what an operator has in the environment.
    constructor(settings) {
        this.options = {
            cwd: DEPLOY,
            env: { ...process.env, ...settings, COMPOSE_FILE: join(DEPLOY, 'compose.yaml') },
        };
    }

    docker(...words) {
        return run('docker', words, this.options);
    }

    compose(...words) {
        return this.docker('compose', ...words);
    }

    // Brings it up with so many of each of our services; if some are named, only what those need.
    up(count, ...named) {
        const scale = SERVICES.flatMap((service) => ['--scale', `${service}=${count}`]);
        const calm = ['--pull', 'never', '--no-build', '--wait', '--wait-timeout', UP_SECONDS];
        return this.compose('up', '--detach', ...calm, ...scale, ...named);
    }

    // From now on these files count, too.
    overrideBy(...files) {
        for (const file of files) {
            this.options.env.COMPOSE_FILE += `:${join(DEPLOY, file)}`;
        }
    }

    roll(service) {
        return run('bash', [join(DEPLOY, 'roll'), service], this.options);
    }

    async inspect(...containers) {
        return JSON.parse(await this.docker('inspect', ...containers));
    }

    // What docker knows of every container of a service, in the order of their numbers.
    async containers(service) {
        const ids = (await this.compose('ps', '--all', '--quiet', service)).split('\n');
        const found = await this.inspect(...ids.filter(Boolean));
        return found.sort((a, b) => a.Name.localeCompare(b.Name));
    }

    // Addresses of a container, one for each of its networks.
    addressesOf(container) {
        return Object.values(container.NetworkSettings.Networks).map((one) => one.IPAddress);
    }

    async metric(container, metric) {
        const service = container.Config.Labels['com.docker.compose.service'];
        const [address] = this.addressesOf(container);
        const { body } = await fetchPage(address, ADMIN_PORTS[service], '/metrics');
        return sumOf(body, metric);
    }

    // kill -9 from outside, as the kernel would do it; returns when it is started again and healthy.
    async kills(container) {
        const before = container.RestartCount;
        process.kill(container.State.Pid, 'SIGKILL');
        await until(`${container.Name} is back`, async () => {
            const [now] = await this.inspect(container.Id);
            return now.RestartCount === before + 1 && now.State.Health?.Status === 'healthy';
        }, READY_MS);
    }

    // Rows as objects.
    async sql(query) {
        const text = `select coalesce(json_agg(rows), '[]') from (${query}) rows`;
        const psql = ['psql', '-X', '-q', '-A', '-t', '-U', 'chat', '-d', 'chat', '-c', text];
        return JSON.parse(await this.compose('exec', '-T', 'postgres', ...psql));
    }

    // The end of what all of them said.
    said() {
        return this.compose('logs', '--no-color', '--tail', '40').catch(({ message }) => message);
    }
}
