// crowds.mjs -- a crowd in a few processes of their own (tests/chaos/mob.mjs), asked together.

import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { within } from '../system/wait.mjs';

const MOB = fileURLToPath(new URL('../chaos/mob.mjs', import.meta.url));
const ANSWER_MS = 120_000;

class Mob {
    #waiting = new Map();
    #next = 0;

    constructor() {
        // A process that is forked ends with its parent's channel.
        this.child = fork(MOB, { execArgv: [] });
        this.child.on('message', ({ id, answer, error }) => {
            const { tell, fail } = this.#waiting.get(id);
            this.#waiting.delete(id);
            error ? fail(new Error(error)) : tell(answer);
        });
        this.ended = new Promise((tell) => this.child.once('exit', tell));
    }

    ask(what, rest) {
        const id = this.#next++;
        const answer = new Promise((tell, fail) => this.#waiting.set(id, { tell, fail }));
        this.child.send({ id, what, ...rest });
        return within(`an answer to ${what}`, answer, ANSWER_MS);
    }

    end() {
        this.child.kill();
        return this.ended;
    }
}

export class Crowd {
    #mobs;

    // `each` people in each of so many processes.
    constructor(mobs, each) {
        this.#mobs = Array.from({ length: mobs }, () => new Mob());
        this.each = each;
    }

    // All come, each process to the next of the addresses.
    arrive(urls) {
        return Promise.all(this.#mobs.map((mob, i) => mob.ask('arrive', {
            urls: urls.map((_, k) => urls[(i + k) % urls.length]),
            count: this.each,
            first: i * this.each,
        })));
    }

    async ask(what) {
        const all = { from: 0, to: this.each };
        const answers = await Promise.all(this.#mobs.map((mob) => mob.ask(what, all)));
        return answers.flat();
    }

    end() {
        return Promise.all(this.#mobs.map((mob) => mob.end()));
    }
}
