// visitor.mjs -- people with a browser: pages of the built page, watched for what must not happen.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { makeFolder } from './process.mjs';

export const WEB_ROOT = fileURLToPath(new URL('../../web/dist', import.meta.url));
const DEADLINE_MS = 15_000;
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export class Browser {
    #visitors = [];

    static async open() {
        if (!existsSync(join(WEB_ROOT, 'index.html'))) {
            throw new Error('web/dist is not there: deploy/build page makes it');
        }
        const browser = new Browser();
        const { TMPDIR } = process.env;
        browser.place = makeFolder();
        // Its profile goes where it is removed even if we are killed.
        process.env.TMPDIR = browser.place.folder;
        try {
            browser.chromium = await chromium.launch({
                executablePath: '/usr/bin/chromium',
                args: [
                    ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic'],
                    ...['--no-first-run', '--disable-background-networking'],
                    ...['--disable-component-update', '--disable-sync'],
                ],
            });
        } finally {
            delete process.env.TMPDIR;
            Object.assign(process.env, TMPDIR === undefined ? {} : { TMPDIR });
        }
        return browser;
    }

    // Somebody who has opened the page for the first time, on a screen of that size; `options` are a
    // browser context's.
    async opens(url, [width, height], options = {}) {
        const context = await this.chromium.newContext({
            viewport: { width, height },
            hasTouch: width < 600,
            isMobile: width < 600,
            ...options,
        });
        context.setDefaultTimeout(DEADLINE_MS);
        const visitor = new Visitor(await context.newPage(), url, width);
        this.#visitors.push(visitor);
        await visitor.page.goto(url);
        return visitor;
    }

    // The same, past what is said to who comes for the first time.
    async visit(url, size, options) {
        const visitor = await this.opens(url, size, options);
        await visitor.isWelcomed();
        return visitor;
    }

    // Closes all pages; fails if one of them met what it must not.
    async leave() {
        const visitors = this.#visitors.splice(0);
        await Promise.all(visitors.map(({ page }) => page.context().close()));
        assert.deepEqual(visitors.flatMap(({ wrongs }) => wrongs), []);
    }

    async close() {
        await this.chromium.close();
        await this.place.remove();
    }
}

class Visitor {
    wrongs = [];
    // What the console may complain about, if a test makes it.
    mayComplain = null;
    // The hosts that may be asked for anything.
    mayAsk;

    constructor(page, url, width) {
        this.mayAsk = [new URL(url).host];
        const check = (where) => {
            if (!this.mayAsk.includes(new URL(where).host)) {
                this.wrongs.push(`asked another host: ${where}`);
            }
        };
        this.page = page;
        this.width = width;
        page.on('pageerror', (error) => this.wrongs.push(`error: ${error.message}`));
        page.on('dialog', (dialog) => {
            this.wrongs.push(`dialog: ${dialog.message()}`);
            dialog.dismiss();
        });
        page.on('console', (message) => {
            const bad = ['error', 'warning'].includes(message.type());
            if (bad && !this.mayComplain?.test(message.text())) {
                this.wrongs.push(`console: ${message.text()}`);
            }
        });
        page.on('request', (request) => check(request.url()));
        page.on('websocket', (socket) => check(socket.url().replace(/^ws/, 'http')));
    }

    button(name) {
        return this.page.getByRole('button', { name, exact: true });
    }

    get box() {
        return this.page.locator('.composer textarea');
    }

    get log() {
        return this.page.getByRole('log', { name: 'Conversation' });
    }

    // The bubbles that hold exactly this text.
    bubble(text) {
        const found = this.page.locator('.text').getByText(text, { exact: true });
        return this.page.locator('.message', { has: found });
    }

    // All texts of the conversation.
    texts() {
        const found = this.log.locator('.text');
        return found.evaluateAll((elements) => elements.map(({ textContent }) => textContent));
    }

    async sees(heading) {
        await this.page.getByRole('heading', { name: heading, exact: true }).waitFor();
    }

    async presses(name) {
        await this.button(name).click();
    }

    async isWelcomed() {
        await this.sees('Talk to somebody new.');
        await this.presses('I am 18 or older');
        await this.button('Start').waitFor();
    }

    // It takes two presses.
    async ends() {
        await this.presses('End');
        await this.presses('End now?');
    }

    // Looks elsewhere, or back, as far as the page can tell.
    async looks(elsewhere) {
        await this.page.evaluate((hidden) => {
            const state = hidden ? 'hidden' : 'visible';
            Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
            Object.defineProperty(document, 'visibilityState', {
                value: state, configurable: true,
            });
            document.dispatchEvent(new Event('visibilitychange'));
        }, elsewhere);
    }

    // In a chat: up to the question.
    async considersBlock() {
        await this.presses('More');
        await this.presses('Block');
    }

    async writes(text) {
        await this.box.fill(text);
        await this.box.press('Enter');
    }

    // Writes and waits for the mark.
    async tells(text) {
        await this.writes(text);
        await this.bubble(text).and(this.page.locator('.delivered')).waitFor();
    }

    // Fails if what is shown keeps anybody from using it, as far as axe can see; `rules` are all, or
    // those named.
    async isForEverybody(where, rules) {
        if (!(await this.page.evaluate(() => 'axe' in window))) {
            await this.page.evaluate(AXE);
        }
        const options = { resultTypes: ['violations'], ...(rules && { runOnly: rules }) };
        const violations = await this.page.evaluate(async (how) => {
            // It cannot measure on a ground that changes; this is the worst that that comes to.
            const ground = document.querySelector('.page').style;
            ground.background = 'var(--glow)';
            const found = await window.axe.run(document, how);
            ground.background = '';
            return found.violations.map(({ id, nodes }) =>
                `${id}: ${nodes.map(({ html, any }) =>
                    `${html.slice(0, 160)} ${any[0]?.message ?? ''}`).join(' | ')}`);
        }, options);
        assert.deepEqual(violations, [], where);
    }

    // A picture in the folder SHOTS.
    async shoots(name, width = this.width) {
        if (process.env.SHOTS) {
            const path = join(process.env.SHOTS, `${name}-${width}.png`);
            await this.page.screenshot({ path, animations: 'disabled' });
        }
    }
}
