// talk.mjs -- two people who talk steadily, both ways, and keep count.

import assert from 'node:assert/strict';
import { until } from './wait.mjs';

const PAUSE_MS = 20;
const UNDER_WAY = 4; // Texts of one person that may wait for delivery at once.

export class Talk {
    #delivered = new Map();
    #failed = [];
    #going = true;
    #speakers = [];

    constructor(a, b) {
        this.people = [a, b];
        for (const person of this.people) {
            this.#delivered.set(person, []);
            let next = 0;
            for (let i = 0; i < UNDER_WAY; i++) {
                this.#speakers.push(this.#speak(person, () => next++));
            }
        }
    }

    async #speak(person, number) {
        while (this.#going) {
            const text = `text ${number()}`;
            try {
                await person.tells(text);
                this.#delivered.get(person).push(text);
            } catch (error) {
                this.#failed.push(error.message);
                return;
            }
            await new Promise((next) => setTimeout(next, PAUSE_MS));
        }
    }

    // At least `count` more of each one's texts are delivered.
    async goesOn(count = 20) {
        const before = this.people.map((person) => this.#delivered.get(person).length);
        await until('the talk goes on', () => {
            assert.deepEqual(this.#failed, []);
            return this.people.every((person, i) =>
                this.#delivered.get(person).length >= before[i] + count);
        });
    }

    // Ends the talk. Each text was delivered, and heard once and in order; nothing was refused but
    // with these codes.
    async ends(codes = []) {
        this.#going = false;
        await Promise.all(this.#speakers);
        assert.deepEqual(this.#failed, []);
        for (const [speaker, listener] of [this.people, [...this.people].reverse()]) {
            await listener.catchesUp();
            const delivered = this.#delivered.get(speaker);
            const heard = listener.all('message').map(({ text }) => text);
            assert.deepEqual(heard, delivered.map((_, i) => `text ${i}`));
            assert.deepEqual(new Set(heard), new Set(delivered));
            assert.deepEqual(listener.all('partner_left'), []);
            const expected = ['invalid_payload', ...codes];
            assert.deepEqual(listener.all('error').filter((e) => !expected.includes(e.code)), []);
        }
    }
}
