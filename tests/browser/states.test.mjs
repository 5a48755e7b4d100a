// states.test.mjs -- a page goes through every state there is; each is looked at on a phone and on a
// desk, by day and by night, from left to right and from right to left, and can be used by everybody.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { Person } from '../system/person.mjs';
import { Stack } from '../system/stack.mjs';
import { Browser, WEB_ROOT } from '../system/visitor.mjs';

const sizes = { phone: [390, 844], desk: [1280, 800] };
const settings = {
    WEB_ROOT,
    RECOVERY_WINDOW_MS: '60000',
    DRAIN_MS: '1000',
    AVOID_MS: '0',
    RECENT_PARTNERS: '0',
    MESSAGES_PER_MINUTE: '4',
    SEARCHES_PER_MINUTE: '0',
};

let stack;
let browser;

before(async () => {
    browser = await Browser.open();
    stack = await Stack.start({ settings });
});
afterEach(async () => {
    try {
        await browser.leave();
    } finally {
        await Person.allLeave({ names: () => [] }); // Nobody waits for those who may come back.
    }
});
after(async () => {
    await browser?.close();
    await stack?.stop();
});

// The page's parts, in whatever language.
const parts = {
    main: '.stage-body .button.large', // The one thing to do.
    chip: '.interests input',
    settings: '.corner',
    close: '.sheet-head .button',
    shown: '.sheet[open]',
    box: '.composer textarea',
    smile: '.smile',
    more: '.menu > .button',
    unfolded: '.menu-list',
    block: '.menu-list .danger',
    question: '.question',
    no: '.question .button:not(.danger)',
    skip: '.room-actions > .button:not(.danger)',
    end: '.room-actions > .danger',
    link: '.text .link',
    typing: '.log .typing',
    counting: '.notice.counting',
    stay: '.notice.counting .button',
    ended: '.ended',
    again: '.ended .button.primary',
    waiting: '.waited',
    undo: '.undo',
    banner: '.banner p',
    call: '.banner button',
};

// What depends on the look; all else is the same in each.
const LOOKS = ['color-contrast', 'target-size', 'link-in-text-block'];

// Shows whoever visits in all looks; each must be fit for everybody.
async function isShown(who, state) {
    let rules; // All, the first time.
    for (const [width, height] of Object.values(sizes)) {
        await who.page.setViewportSize({ width, height });
        for (const colorScheme of ['light', 'dark']) {
            await who.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
            await who.page.locator(`html[data-theme=${colorScheme}]`).waitFor();
            await fits(who, `${state}, ${width} wide`);
            await who.isForEverybody(`${state}, ${width} wide, ${colorScheme}`, rules);
            rules = LOOKS;
            await who.shoots(`${state}-${who.language}-${colorScheme}`, width);
        }
    }
}

// Nothing sticks out at a side, and whatever can be pressed is in the window or can be scrolled to.
async function fits(who, where) {
    const out = await who.page.evaluate(() =>
        [...document.querySelectorAll('.page button, .page textarea')]
            .filter((each) => each.checkVisibility())
            .map((each) => ({ name: each.className, ...each.getBoundingClientRect().toJSON() }))
            .filter(({ left, right }) => left < 0 || right > window.innerWidth));
    assert.deepEqual(out, [], where);
}

// What is looked for is found where it is.
async function faultsAreSeen(who) {
    await who.page.emulateMedia({ colorScheme: 'light' });
    const paint = (colour) =>
        who.page.locator('h1').evaluate((each, to) => void (each.style.color = to), colour);
    await paint('#bbb');
    await assert.rejects(who.isForEverybody('a pale heading', LOOKS), /color-contrast/);
    await paint('');
}

const at = (who, part) => who.page.locator(parts[part]).first();
const press = (who, part) => at(who, part).click();
const sees = (who, part) => at(who, part).waitFor();

for (const language of ['en', 'ar']) {
    test(`every state, in ${language}`, async () => {
        const who = await browser.opens(stack.url(), sizes.phone, { locale: language });
        who.language = language;
        await sees(who, 'main');
        const direction = language === 'ar' ? 'rtl' : 'ltr';
        assert.equal(await who.page.evaluate(() => document.documentElement.dir), direction);
        await beforeChat(who);
        const partner = await inChat(who);
        await afterChat(who, partner);
        await withoutConnection(who);
    });
}

async function beforeChat(who) {
    await isShown(who, 'welcome');
    await faultsAreSeen(who);
    await who.page.locator('.stage .quiet').click();
    await sees(who, 'shown');
    await isShown(who, 'privacy');
    await press(who, 'close');
    await press(who, 'main');
    await at(who, 'chip').fill('chess,tea,');
    await isShown(who, 'idle');
    await press(who, 'settings');
    await sees(who, 'shown');
    await isShown(who, 'settings');
    await who.page.keyboard.press('Escape');
    await at(who, 'shown').waitFor({ state: 'detached' });
    await press(who, 'main');
    await sees(who, 'waiting');
    await isShown(who, 'searching');
}

// Gives whoever talks with the one who visits.
async function inChat(who) {
    const partner = await Person.arrive(stack.url());
    partner.say('search', { interests: ['chess'] });
    await sees(who, 'box');
    await partner.hears('matched');
    await partner.tells('Hi there! Chess, too? \u{1f389}');
    await who.tells('Badly, but gladly. You?');
    await partner.tells('The same. \u05e9\u05dc\u05d5\u05dd and مرحبا, by the way.');
    await partner.tells('There is a good puzzle at https://example.com/today');
    await who.tells('Let me have a look at it, and then tell me how you found the first move.');
    await sees(who, 'link');
    partner.say('typing', { on: true });
    await sees(who, 'typing');
    await isShown(who, 'chatting');
    await press(who, 'link');
    await sees(who, 'shown');
    await isShown(who, 'link');
    await press(who, 'close');
    await press(who, 'more');
    await sees(who, 'unfolded');
    await isShown(who, 'menu');
    await press(who, 'block');
    await sees(who, 'question');
    await isShown(who, 'block');
    await press(who, 'no');
    await press(who, 'smile');
    await who.page.locator('.picker-grid button').nth(20).waitFor();
    await isShown(who, 'emoji');
    await press(who, 'smile');
    for (let n = 3; n <= 8; n++) {
        await at(who, 'box').fill(`One more, ${n} by now.`);
        await at(who, 'box').press('Enter');
    }
    await who.page.locator('.message.failed').first().waitFor();
    await isShown(who, 'refused');
    partner.breaks();
    await sees(who, 'counting');
    await isShown(who, 'away');
    await partner.comesBack();
    await at(who, 'counting').waitFor({ state: 'detached' });
    await press(who, 'skip');
    await sees(who, 'undo');
    await isShown(who, 'undo');
    await press(who, 'undo');
    await sees(who, 'box');
    return partner;
}

async function afterChat(who, partner) {
    await who.page.evaluate(() => {
        const kept = JSON.parse(window.localStorage.preferences);
        window.localStorage.preferences = JSON.stringify({ ...kept, auto: true });
    });
    await who.page.reload();
    await sees(who, 'end');
    partner.leaves();
    await sees(who, 'counting');
    await isShown(who, 'next');
    if (await at(who, 'counting').isVisible()) {
        await press(who, 'stay');
    }
}

// From a chat that is over to one that goes on in another tab.
async function withoutConnection(who) {
    who.mayComplain = /WebSocket connection|net::ERR_/;
    await who.page.context().setOffline(true);
    await sees(who, 'banner');
    await isShown(who, 'offline');
    await who.page.context().setOffline(false);
    await at(who, 'banner').waitFor({ state: 'detached' });
    await stack.kill('gateway-1');
    await press(who, 'again');
    await sees(who, 'waiting');
    await isShown(who, 'connecting');
    await sees(who, 'call');
    await isShown(who, 'silent');
    await stack.revive('gateway-1');
    await press(who, 'call');
    await at(who, 'banner').waitFor({ state: 'detached' });
    const other = await Person.arrive(stack.url());
    other.say('search');
    await sees(who, 'box');
    await who.page.evaluate(() => void window.open(window.location.href));
    await sees(who, 'main');
    await isShown(who, 'elsewhere');
}
