// process.mjs -- one process that a test looks after, and what it needs from the machine.

import { execFile, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { chmodSync, closeSync, mkdtempSync, openSync, readFileSync } from 'node:fs';
import { get } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { within } from './wait.mjs';

const STOP_MS = 20_000;
const REPORT = /ERROR: \w+Sanitizer|runtime error:|WARNING: ThreadSanitizer/;

// Below the ports that the system gives to those who do not choose.
const PORT_FIRST = 10_240;
const PORT_LAST = 19_999;

// Whoever holds the UDP port of a number may listen on the TCP port, and holds it until it ends.
// support/service.c has the same rule.
function lockOf(port) {
    return new Promise((tell) => {
        const lock = createSocket('udp4');
        lock.once('error', () => lock.close(() => tell(null)));
        lock.bind({ port, address: '127.0.0.1', exclusive: true }, () => tell(lock.unref()));
    });
}

function isFree(port) {
    return new Promise((tell) => {
        const server = createServer();
        server.once('error', () => tell(false));
        server.listen(port, '127.0.0.1', () => server.close(() => tell(true)));
    });
}

// The first of `count` free ports in a row, which no other test is given while this one runs.
export async function freePorts(count = 1) {
    for (;;) {
        const span = PORT_LAST - PORT_FIRST - count;
        const first = PORT_FIRST + Math.floor(Math.random() * span);
        const ports = Array.from({ length: count }, (_, i) => first + i);
        const locks = await Promise.all(ports.map(lockOf));
        const free = await Promise.all(ports.map((port, i) => locks[i] !== null && isFree(port)));
        if (free.every(Boolean)) {
            return first;
        }
        locks.forEach((lock) => lock?.close());
    }
}

// {status, body} of a page on this machine; status 0 when nobody answers.
export function ask(port, path) {
    return new Promise((tell) => {
        const nobody = () => tell({ status: 0, body: '' });
        const request = get({ host: '127.0.0.1', port, path, agent: false }, (answer) => {
            let body = '';
            answer.setEncoding('utf8');
            answer.on('data', (part) => (body += part));
            answer.on('end', () => tell({ status: answer.statusCode, body }));
            answer.on('error', nobody);
        });
        request.setTimeout(2000, () => request.destroy(new Error('no answer')));
        request.on('error', nobody);
    });
}

// The value of a metric on a page /metrics, over all values of its labels; NaN if it is not there.
export function sumOf(page, metric) {
    const rows = [...page.matchAll(new RegExp(`^${metric}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'))];
    return rows.length > 0 ? rows.reduce((sum, [, value]) => sum + Number(value), 0) : NaN;
}

// What a program says; throws with its complaint if it fails.
export function run(command, args, options = {}) {
    return new Promise((tell, fail) => {
        const child = execFile(
            command,
            args,
            { maxBuffer: 1 << 28, ...options },
            (error, out, complaint) =>
                error ? fail(new Error(`${error.message}\n${out}${complaint}`)) : tell(out),
        );
        child.stdin.end();
    });
}

export function isAlive(pid) {
    try {
        // What has ended and was not yet collected does not live.
        const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
        return stat[stat.lastIndexOf(')') + 2] !== 'Z';
    } catch {
        return false;
    }
}

// A folder that is removed when this process ends, however it ends, or when told to.
export function makeFolder() {
    const folder = mkdtempSync(join(tmpdir(), 'system-'));
    chmodSync(folder, 0o711);
    const remover = spawn(
        'sh',
        ['-c', 'read -r _; until rm -rf "$1"; do sleep 0.1; done', 'remover', folder],
        { stdio: ['pipe', 'ignore', 'ignore'], detached: true },
    );
    const gone = new Promise((tell) => remover.once('exit', tell));
    remover.unref();
    remover.stdin.unref();
    return {
        folder,
        remove() {
            remover.ref();
            remover.stdin.end();
            return gone;
        },
    };
}

export class Process {
    // `command` is a list; `log` is appended to. Stopped by `stopSignal`, and by nothing worse
    // without complaint.
    constructor({ name, command, log, environment = {}, stopSignal = 'SIGTERM', folder = '/' }) {
        Object.assign(this, { name, command, log, environment, stopSignal, folder });
        this.complaints = [];
        this.child = null;
    }

    get pid() {
        return this.child?.pid;
    }

    get runs() {
        return this.child !== null;
    }

    start() {
        if (this.child) {
            throw new Error(`${this.name} runs already`);
        }
        const out = openSync(this.log, 'a');
        const [program, ...args] = this.command;
        const child = spawn(program, args, {
            cwd: this.folder,
            env: { ...process.env, ...this.environment },
            stdio: ['ignore', out, out],
        });
        closeSync(out);
        this.child = child;
        this.expected = false;
        this.ended = new Promise((tell) => {
            child.once('error', (error) => this.#note(tell, error.message));
            child.once('exit', (code, signal) => this.#note(tell, signal ?? code));
        });
    }

    #note(tell, how) {
        this.child = null;
        if (!this.expected) {
            this.complaints.push(`${this.name} ended by itself: ${how}`);
        }
        tell(how);
    }

    signal(signal) {
        this.child?.kill(signal);
    }

    // kill -9; returns when it is gone.
    async kill() {
        this.expected = true;
        this.signal('SIGKILL');
        await this.ended;
    }

    // Stops it as an operator would. Whatever is not clean becomes a complaint.
    async stop() {
        if (this.child) {
            this.expected = true;
            this.signal('SIGCONT');
            this.signal(this.stopSignal);
            try {
                const how = await within('its end', this.ended, STOP_MS);
                if (how !== 0) {
                    this.complaints.push(`${this.name} was stopped and ended with ${how}`);
                }
            } catch {
                this.complaints.push(`${this.name} did not stop`);
                await this.kill();
            }
        }
    }

    said() {
        try {
            return readFileSync(this.log, 'utf8');
        } catch {
            return '';
        }
    }

    // Everything that is wrong with how it ran, with the end of its log.
    wrongs() {
        const said = this.said();
        const at = said.search(REPORT);
        const wrongs = [...this.complaints];
        if (at >= 0) {
            wrongs.push(`${this.name}: sanitizer\n${said.slice(at, at + 6000)}`);
        }
        return wrongs.length > 0 ? [...wrongs, `${this.name} said\n${said.slice(-2000)}`] : [];
    }
}
