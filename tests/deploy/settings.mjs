// settings.mjs -- what the services themselves say of their settings.

import { execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';

export const SERVICES = ['gateway', 'matcher', 'relay', 'sessions'];

const BUILD = resolve(process.env.BUILD_DIR ?? '.local/build/plain');

export function binaryOf(service) {
    return join(BUILD, service, service);
}

// Name -> {standard, secret} of all settings, as --help prints them.
export function settingsOf(service) {
    const help = execFileSync(binaryOf(service), ['--help'], { encoding: 'utf8' });
    const rows = [...help.matchAll(/^ {2}([A-Z_]+) \((.*?); .*\)$/gm)];
    return new Map(rows.map(([, name, standard]) => [name, {
        standard: standard === 'empty' ? '' : standard,
        secret: help.includes(`Or ${name}_FILE:`),
    }]));
}

// Every setting as pods and containers may be given it: a secret also by its file.
export function namesFor(service) {
    return new Set([...settingsOf(service)].flatMap(([name, { secret }]) =>
        (secret ? [name, `${name}_FILE`] : [name])));
}

// What a service says against an environment; '' if every value is allowed.
export function complaintOf(service, environment) {
    try {
        // Nobody answers at this port, so that it ends with 1; with a wrong value it would be 2.
        const env = { ...environment, BIND: '127.0.0.1', ADMIN_PORT: '1' };
        execFileSync(binaryOf(service), ['--healthcheck'], { env, stdio: 'pipe' });
    } catch ({ status, stderr }) {
        return status === 1 ? '' : String(stderr);
    }
    return 'somebody answers at port 1';
}
