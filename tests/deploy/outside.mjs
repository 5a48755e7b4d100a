// outside.mjs -- another machine: a network namespace that knows the engine's as a neighbour and as
// its way to everything else. It needs root, and dies with the test.

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { run } from '../system/process.mjs';
import { until } from '../system/wait.mjs';

const THEIRS = '192.0.2.1'; // For documentation (RFC 5737): nobody else has it.
const OURS = '192.0.2.2';
const SCANNER = fileURLToPath(new URL('scan.mjs', import.meta.url));

export class Outside {
    static async enter() {
        const outside = new Outside();
        const ready = ['-c', 'echo ready; exec sleep infinity'];
        const keeper = spawn('setpriv', ['--pdeathsig', 'KILL', 'unshare', '--net', 'sh', ...ready], {
            stdio: ['ignore', 'pipe', 'inherit'],
        });
        outside.keeper = keeper;
        let said = '';
        keeper.stdout.on('data', (part) => (said += part));
        await until('another network', () => said.includes('ready'));
        const { pid } = keeper;
        const inside = ['nsenter', '--target', String(pid), '--net'];
        await run('ip', ['link', 'add', 'outside0', 'type', 'veth', 'peer', 'name', 'engine0']);
        await run('ip', ['link', 'set', 'engine0', 'netns', String(pid)]);
        await run('ip', ['address', 'add', `${THEIRS}/30`, 'dev', 'outside0']);
        await run('ip', ['link', 'set', 'outside0', 'up']);
        const steps = [
            ['address', 'add', `${OURS}/30`, 'dev', 'engine0'],
            ['link', 'set', 'engine0', 'up'],
            ['route', 'add', 'default', 'via', THEIRS],
        ];
        for (const step of steps) {
            await run(inside[0], [...inside.slice(1), 'ip', ...step]);
        }
        outside.inside = inside;
        return outside;
    }

    // What takes connections of the engine's machine, as "address:port"; `ports` are such as 1-1024.
    scanEngine(ports) {
        return this.scan([THEIRS], ports);
    }

    // The same for other addresses.
    async scan(addresses, ports) {
        const words = [process.execPath, SCANNER, ports, ...addresses];
        return JSON.parse(await run(this.inside[0], [...this.inside.slice(1), ...words]));
    }

    leave() {
        this.keeper.kill('SIGKILL');
    }
}
