// wanderer.mjs -- somebody who does whatever can be done, at random, one thing after the other and
// sometimes two at once. A seed makes the decisions, not their timing.

import { Witness } from './witness.mjs';

const INTERESTS = ['Art', 'Chess', 'Go', 'Opera', 'Rust', 'Tea'];
const LANGUAGES = ['de', 'en', 'fr'];
const PAUSE_MOST_MS = 30;
const WAIT_MOST_MS = 1500; // For a partner, before thinking of something else.
const AWAY_MOST_MS = 1400; // Some come back too late.

// How often what is done, in which state.
const HABITS = {
    idle: { search: 80, skip: 2, message: 2, end: 3, block: 1, undo: 2, breaks: 4, leaves: 4 },
    searching: { wait: 60, undo: 10, end: 10, change: 6, skip: 3, breaks: 5, leaves: 3 },
    chatting: { message: 45, skip: 28, end: 8, block: 1, breaks: 4, leaves: 3, search: 1, undo: 1,
        skipTwice: 2, skipAndWrite: 3, skipAndUndo: 6 },
};

function choose(chance, habits) {
    const all = Object.entries(habits);
    let place = chance.below(all.reduce((sum, [, weight]) => sum + weight, 0));
    return all.find(([, weight]) => (place -= weight) < 0)[0];
}

export class Wanderer extends Witness {
    deeds = 0; // Requests, and connections begun and ended.
    #written = 0;
    #coming = null;
    #wish = {};

    constructor({ ports, browsers, chance, ...witness }) {
        super(witness);
        Object.assign(this, { ports, browsers, chance });
    }

    // Wanders until `isOver`.
    async wander(isOver) {
        while (!isOver()) {
            await (this.state === 'away' ? this.comes() : this.acts());
            await new Promise((next) => setTimeout(next, this.chance.below(PAUSE_MOST_MS)));
        }
    }

    // Does something; now and then without waiting for what comes of it.
    async acts() {
        const done = this[`do_${choose(this.chance, HABITS[this.state])}`]();
        await (this.chance.once(5) ? null : done);
    }

    askAll(...list) {
        this.deeds += list.length;
        return super.askAll(...list);
    }

    // --- Coming and going ---

    // Once, however often it is begun at the same time.
    comes(port = this.chance.of(this.ports)) {
        this.#coming ??= this.#comes(port).finally(() => (this.#coming = null));
        return this.#coming;
    }

    async #comes(port) {
        this.deeds++;
        this.port = port;
        if (this.mayComeBack) {
            await this.comeBack(port);
        } else {
            const isSame = this.who !== null && this.chance.once(2);
            this.browser = isSame ? this.browser : this.chance.of(this.browsers);
            await this.arrive(port);
        }
        if (this.state === 'searching') {
            this.ask('search', this.#wish); // How it is spelled is not known at every gateway.
        }
    }

    async do_breaks() {
        this.deeds++;
        this.breaks();
        await new Promise((next) => setTimeout(next, this.chance.below(AWAY_MOST_MS)));
    }

    async do_leaves() {
        this.deeds++;
        this.leaves();
    }

    // --- Asking ---

    // Names a chat, mostly.
    #naming(chat) {
        return chat && !this.chance.once(4) ? { chatId: chat } : {};
    }

    // What somebody wants of a partner.
    #wishes() {
        const interests = Array.from({ length: this.chance.below(4) }, () => {
            const interest = this.chance.of(INTERESTS);
            return this.chance.once(3) ? interest.toUpperCase() : interest;
        });
        const language = this.chance.once(3) ? { language: this.chance.of(LANGUAGES) } : {};
        this.#wish = this.chance.once(3) ? {} : { interests, ...language };
        return this.#wish;
    }

    do_search() {
        return this.ask('search', this.#wishes());
    }

    do_change() {
        return this.ask('search', this.#wishes());
    }

    do_wait() {
        return new Promise((next) => {
            this.onChange = next;
            setTimeout(next, this.chance.below(WAIT_MOST_MS));
        });
    }

    do_end() {
        return this.ask('end_chat', this.#naming(this.chat));
    }

    #skipped() {
        const wish = this.chat && this.chance.once(3) ? this.#wishes() : {};
        return ['skip', { ...this.#naming(this.chat), ...wish }];
    }

    do_skip() {
        return this.askAll(this.#skipped());
    }

    do_skipTwice() {
        return this.askAll(this.#skipped(), ['skip', { chatId: this.chat }]);
    }

    do_skipAndWrite() {
        return this.askAll(this.#skipped(), this.#text());
    }

    do_skipAndUndo() {
        return this.askAll(this.#skipped(), ['undo', this.#naming(this.chat)]);
    }

    do_undo() {
        return this.ask('undo', this.#naming(this.last));
    }

    do_block() {
        return this.last && this.ask('block', { chatId: this.last });
    }

    #text() {
        return ['message', { ...this.#naming(this.chat), text: `${this.name} ${this.#written++}` }];
    }

    do_message() {
        return this.askAll(this.#text());
    }

    // --- The end ---

    // Nothing more is begun but what brings this person into a chat: at the first gateway, if it has
    // none yet.
    async settle(isOver) {
        while (!isOver()) {
            if (this.state === 'away') {
                await this.comes(this.ports[0]);
            } else if (this.state === 'idle' && this.isAnswered) {
                await this.#searchesAnew();
            }
            await new Promise((next) => setTimeout(next, PAUSE_MOST_MS));
        }
    }

    async #searchesAnew() {
        if (this.port !== this.ports[0]) {
            this.leaves();
            await this.comes(this.ports[0]);
        }
        this.ask('search');
    }
}
