// tables.mjs -- what the services of the build under test show an operator, as --metrics says, and
// Prometheus's own checker.

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../system/process.mjs';

export const SERVICES = ['gateway', 'matcher', 'relay', 'sessions'];

const build = resolve(process.env.BUILD_DIR ?? '.local/build/plain');
const here = (path) => fileURLToPath(new URL(path, import.meta.url));

export const observability = (file) => here(`../../deploy/observability/${file}`);
export const read = (file) => readFileSync(observability(file), 'utf8');

// [{name, kind, label}] of one service, those of every process among them.
export async function tableOf(service) {
    const page = await run(join(build, service, service), ['--metrics']);
    return [...page.matchAll(/^\| `(\w+)` \| (\w+) \| (\w*) \|/gm)].map(([, name, kind, label]) =>
        ({ name, kind, label }));
}

// The names of all series: a histogram has three.
export function seriesOf(table) {
    return table.flatMap(({ name, kind }) => kind === 'histogram'
        ? ['_bucket', '_sum', '_count'].map((end) => name + end)
        : [name]);
}

let promtool;

// What promtool says; throws with its complaint if it finds fault.
export async function promtoolSays(args, input = '') {
    promtool ??= run('bash', [here('promtool')]);
    const program = (await promtool).trim();
    return new Promise((tell, fail) => {
        const child = spawn(program, args);
        let said = '';
        child.stdout.on('data', (part) => (said += part));
        child.stderr.on('data', (part) => (said += part));
        child.once('error', fail);
        child.once('close', (code) => (code === 0 ? tell(said) : fail(new Error(said))));
        child.stdin.end(input);
    });
}
