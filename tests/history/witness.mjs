// witness.mjs -- a person, who notes in a history all that is asked and told, and when.
//
// What is noted, each with `who`: the user that this person is right now; a person who has not come
// back in time is another one.
//   came {browser}                    a user begins, in that browser, if it says which
//   connected {port, state, chat, partner}  what it was told when a connection stood
//   asks {ask, what, ...}             a request and what it says; counted by `ask`
//   answered {ask, status, code}      `code` is a refusal
//   matched {chat, partner, interests, again}, parted {chat, reason}, heard {chat, text}
//   waits {waitedMs}, expired {waitedMs}, error {code}
//   unasked                           an answer to what this connection has not asked
//   lost                              the connection, by whose doing ever
//   left                              for ever, with a good-bye

import { until } from '../system/wait.mjs';
import { Guest } from './guest.mjs';

export class Witness {
    state = 'away'; // Or idle, searching, chatting, as it was told.
    chat = null;
    last = null; // The chat that it was told of last.
    waits = 0; // How often it was told that it waits.
    online = null; // How many people are here, as it was told last.
    who = null;
    #pending = new Set(); // Requests without an answer.
    #guest = null;
    #token = null;
    #offset = '';
    #port;
    #connection = 0; // Counts them; what comes from an earlier one is not heard.
    #asks = 0;
    #lives = 0;

    constructor({ name, history, browser = null }) {
        Object.assign(this, { name, history, browser });
    }

    // Whether it is who it was, if it comes back in time.
    get mayComeBack() {
        return this.#token !== null;
    }

    // Whether every request is answered.
    get isAnswered() {
        return this.#pending.size === 0;
    }

    // `onChange` is told of it.
    #is(state, chat = null) {
        Object.assign(this, { state, chat });
        this.onChange?.();
    }

    note(kind, more = {}) {
        this.history.note(kind, { who: this.who, ...more });
    }

    // --- Coming and going ---

    // Comes as somebody new.
    arrive(port) {
        this.#token = null;
        this.#offset = '';
        return this.#connect(port);
    }

    // Comes back; `this.who` is another one afterwards if that was too late.
    async comeBack(port) {
        await this.#connect(port, { pid: this.#token, offset: this.#offset });
    }

    async #connect(port, auth = {}) {
        const connection = ++this.#connection;
        this.#port = port;
        const isMine = () => connection === this.#connection;
        const browser = this.browser ? { browser: this.browser } : {};
        this.#guest = await Guest.arrive(port, { ...auth, ...browser }, {
            accepted: (token) => this.#isAccepted(token),
            event: (...event) => isMine() && this.#hear(...event),
            unasked: () => isMine() && this.note('unasked'),
            ended: () => isMine() && this.#isLost(),
        });
        await until('the state', () => this.state !== 'away' || !isMine());
    }

    #isAccepted(token) {
        if (token !== this.#token) {
            this.#token = token;
            this.#offset = '';
            this.who = `${this.name}.${++this.#lives}`;
            this.last = null;
            this.note('came', { browser: this.browser });
        }
    }

    #isLost() {
        this.#connection++;
        if (this.state !== 'away') {
            this.#pending.clear();
            this.note('lost');
            this.#is('away');
        }
    }

    // The connection ends without a word.
    breaks() {
        this.#isLost();
        this.#guest.cut();
    }

    // A clean good-bye.
    leaves() {
        this.#connection++;
        this.#token = null;
        this.#pending.clear();
        this.note('left');
        this.#guest.leave();
        this.#is('away');
    }

    // --- What is told ---

    #hear(event, payload, ...rest) {
        const offset = rest.at(-1);
        if (typeof offset === 'string') {
            this.#offset = offset;
        }
        this[`on_${event}`]?.(payload);
    }

    on_state({ state, chatId = null, partnerId = null }) {
        this.note('connected', { port: this.#port, state, chat: chatId, partner: partnerId });
        this.#is(state, chatId);
    }

    on_matched({ chatId, partnerId, interests, again = null }) {
        this.note('matched', { chat: chatId, partner: partnerId, interests, again });
        this.last = chatId;
        this.#is('chatting', chatId);
    }

    // Without a name it is the chat that this one believes in.
    on_partner_left({ chatId = this.chat, reason }) {
        this.note('parted', { chat: chatId, reason });
        if (chatId === this.chat) {
            this.#is('idle');
        }
    }

    on_message({ chatId, text }) {
        this.note('heard', { chat: chatId, text });
    }

    on_error({ code }) {
        this.note('error', { code });
    }

    on_waiting({ waitedMs }) {
        this.waits++;
        this.note('waits', { waitedMs });
    }

    on_search_timeout({ waitedMs }) {
        this.note('expired', { waitedMs });
        this.#is('idle');
    }

    on_online({ count }) {
        this.online = count;
    }

    // --- What is asked ---

    // Asks; gives the answer, or null if the connection is lost before.
    async ask(what, payload) {
        const [answer] = await this.askAll([what, payload]);
        return answer;
    }

    // Asks for each [what, payload] in one write; gives all answers.
    askAll(...list) {
        const connection = this.#connection;
        const requests = [];
        const answers = list.map(([what, payload]) => {
            const ask = ++this.#asks;
            const { chatId = null, ...rest } = payload ?? {};
            this.note('asks', { ask, what, chat: chatId, ...rest });
            this.#pending.add(ask);
            return new Promise((tell) => requests.push({ event: what, payload, hear: (answer) => {
                if (answer && connection === this.#connection) {
                    this.#isAnswered(ask, chatId, answer);
                }
                tell(answer);
            } }));
        });
        this.#guest.ask(requests);
        return Promise.all(answers);
    }

    #isAnswered(ask, chat, { status, error }) {
        this.#pending.delete(ask);
        this.note('answered', { ask, status: error ? null : status ?? 'done', code: error?.code });
        if (status === 'waiting') {
            this.#is('searching');
        } else if (status === 'idle' || (status === 'blocked' && chat === this.chat)) {
            this.#is('idle');
        }
    }
}
