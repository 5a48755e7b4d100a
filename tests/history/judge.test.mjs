// judge.test.mjs -- the judge itself: each verdict can be passed, and none is passed on what is right.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { History } from '../chaos/judge.mjs';
import { judge } from './judge.mjs';

const SETTINGS = { avoidMs: 1000, interestWaitMs: 1000, searchLimitMs: 3000, recent: 3 };

const FIELDS = {
    came: ['browser'],
    connected: ['state', 'chat', 'partner'],
    asks: ['ask', 'what', 'chat', 'text'],
    wishes: ['ask', 'what', 'chat', 'interests', 'language'],
    answered: ['ask', 'status'],
    refused: ['ask', 'code'],
    matched: ['chat', 'partner', 'interests', 'again'],
    parted: ['chat'],
    heard: ['chat', 'text'],
    waits: ['waitedMs'],
    expired: ['waitedMs'],
};
const READ = {
    interests: (word) => word.split(',').filter(Boolean),
    waitedMs: Number,
    ask: Number,
};
// What is not said.
const NONE = {
    came: { browser: null },
    connected: { chat: null, partner: null },
    asks: { chat: null },
    wishes: { chat: null, interests: [] },
    matched: { interests: [], again: null },
};
const KINDS = { wishes: 'asks', refused: 'answered' };

// A history of lines such as '2.5 a matched c1 p1', in any order: seconds, who, what; '-' is none.
function tell(...pieces) {
    const lines = pieces.join('\n').split('\n').map((line) => line.trim().split(/\s+/))
        .filter(([second]) => second);
    lines.sort((a, b) => Number(a[0]) - Number(b[0]));
    const history = new History();
    for (const [second, who, kind = who, ...rest] of lines) {
        const given = (FIELDS[kind] ?? []).flatMap((field, i) =>
            [undefined, '-'].includes(rest[i]) ? [] : [[field, (READ[field] ?? String)(rest[i])]]);
        history.note(KINDS[kind] ?? kind, { who, ...NONE[kind], ...Object.fromEntries(given) },
            Number(second) * 1000);
    }
    return history;
}

const kindsOf = (pieces, more = {}) =>
    judge(tell(...pieces), { settings: SETTINGS, ...more }).verdicts.map(({ kind }) => kind);

// Somebody comes to a browser.
const comes = (who, browser = `of-${who}`) => `0 ${who} came ${browser}\n0 ${who} connected idle`;
const PEOPLE = ['a', 'b', 'd', 'e'].map((who) => comes(who)).join('\n');
// Somebody asks, and is answered a hundredth of a second later.
const asks = (at, who, ask, what, more = '', status = 'waiting') =>
    `${at} ${who} asks ${ask} ${what} ${more}\n${at + 0.01} ${who} answered ${ask} ${status}`;
const wishes = (at, who, ask, interests, language = '-') =>
    `${at} ${who} wishes ${ask} search - ${interests} ${language}\n`
    + `${at + 0.01} ${who} answered ${ask} waiting`;
const meet = (at, one, other, chat, more = '') =>
    `${at} ${one} matched ${chat} ${chat}-${other} ${more}\n`
    + `${at} ${other} matched ${chat} ${chat}-${one} ${more}`;

// a and b meet in c1.
const MET = [asks(1, 'a', 1, 'search'), asks(1, 'b', 1, 'search'), meet(1.5, 'a', 'b', 'c1')].join('\n');
// a ends c1.
const END = [asks(3, 'a', 2, 'end_chat', 'c1', 'idle'), '3.01 b parted c1'].join('\n');
// a skips c1 and takes it up again.
const SKIP = [asks(3, 'a', 2, 'skip', 'c1'), '3.02 b parted c1'].join('\n');
const BACK = [asks(3.1, 'a', 3, 'undo', '-', 'matched'), meet(3.2, 'a', 'b', 'c2', '- c1')].join('\n');
// Two meet in a chat, and part.
const passing = (at, one, other, chat) => [
    asks(at, one, Math.round(at * 100), 'search'), asks(at, other, Math.round(at * 100), 'search'),
    meet(at + 0.02, one, other, chat), `${at + 0.05} ${other} parted ${chat}`,
    asks(at + 0.04, one, Math.round(at * 100) + 4, 'end_chat', chat, 'idle'),
].join('\n');
// The same, and b, who searches, is found by d as well; b has heard of neither.
const HAD_BACK = [MET, SKIP, asks(3, 'd', 1, 'search'), '3.05 b asks 4 search -\n3.2 b left',
    asks(3.1, 'a', 3, 'undo', '-', 'matched'), '3.12 a matched c2 c2-b - c1\n3.2 a parted c2',
    '3.15 d matched c3 p\n3.2 d parted c3'];
// a skips while it searches; but it has been found, and so the skip leaves c1, as a block of its partner does.
const CROSSED = [asks(1, 'a', 1, 'search'), asks(1, 'b', 1, 'search'), '1.4 a asks 2 skip -',
    meet(1.5, 'a', 'b', 'c1'), '1.51 b parted c1', '1.6 a asks 3 block c1'];
const GOES = '9 a left\n9 b left';
const ROWS = [{ id: 'c1', userA: 'A', userB: 'B', endedAt: 'then' }];

const right = (name, pieces, more) =>
    test(name, () => assert.deepEqual(kindsOf([PEOPLE, ...pieces], more), []));
const wrong = (name, kinds, pieces, more) =>
    test(`${name}: ${kinds.join(', ')}`, () =>
        assert.deepEqual(kindsOf([PEOPLE, ...pieces], more), kinds));

describe('what is right', () => {
    right('a chat that is ended', [MET, END, '4 finish', GOES], { rows: ROWS });
    right('a chat that is skipped, and both meet others', [MET, SKIP, asks(3.1, 'b', 2, 'search'),
        asks(3, 'd', 1, 'search'), asks(3, 'e', 1, 'search'), meet(3.2, 'a', 'd', 'c2'),
        meet(3.2, 'b', 'e', 'c3'), '4 finish']);
    right('both skip at once', [MET, asks(3, 'a', 2, 'skip'), asks(3, 'b', 2, 'skip'),
        meet(4.1, 'a', 'b', 'c2'), '5 finish']);
    right('a skip that crosses the match, and a block that is answered before it', [...CROSSED,
        '3.1 a answered 3 blocked', '3.2 a answered 2 waiting', '4 finish']);
    right('a chat that is taken up again', [MET, SKIP, BACK, '4 finish']);
    right('the same by who has searched on meanwhile',
        [MET, SKIP, asks(3.05, 'b', 2, 'search'), BACK, '4 finish']);
    right('who is away while its chat is taken up again', [MET, '2.9 b lost', SKIP.split('\n').slice(0, 2)
        .join('\n'), BACK.split('\n').slice(0, 3).join('\n'), '3.5 b parted c1',
    '3.5 b matched c2 c2-a - c1', '3.5 b connected chatting c2 c2-a', '4 finish']);
    right('the same, who only hears of the chat that goes on', [MET, '2.9 b lost',
        SKIP.split('\n').slice(0, 2).join('\n'), BACK.split('\n').slice(0, 3).join('\n'),
        '3.5 b matched c2 c2-a - c1', '3.5 b connected chatting c2 c2-a', '4 finish']);
    right('who is away while its chat is taken up again, and again', [MET, '2.9 b lost', SKIP.split('\n')
        .slice(0, 2).join('\n'), BACK.split('\n').slice(0, 3).join('\n'), asks(3.3, 'a', 4, 'skip', 'c2'),
    asks(3.4, 'a', 5, 'undo', '-', 'matched'), '3.5 a matched c3 c3-b - c2', '3.6 b parted c1',
    '3.6 b matched c3 c3-a - c2', '3.6 b connected chatting c3 c3-a', '4 finish']);
    right('a search and a skip that were lost, of two chats that others were told of', [
        ...['a', 'd', 'e'].map((who) => asks(1, who, 1, 'search')), '1.1 a asks 2 skip\n1.2 a lost',
        '1.2 d matched c1 p\n1.3 d parted c1', '1.3 e matched c2 q\n1.4 e parted c2']);
    right('a stranger, of a wish that was being changed when the connection was lost', [
        wishes(1, 'a', 1, 'art'), '1.2 a wishes 2 search - go', '1.3 a lost', wishes(1, 'b', 1, 'go'),
        '1.6 b matched c1 p go\n1.8 a matched c1 q go\n1.8 a connected chatting c1 q']);
    right('who was told of a chat only when it was taken up again', [asks(1, 'a', 1, 'search'),
        asks(1, 'b', 1, 'search'), '1.5 a matched c1 p', asks(1.6, 'a', 2, 'skip', 'c1'),
        asks(1.7, 'a', 3, 'undo', '-', 'matched'), meet(1.8, 'a', 'b', 'c2', '- c1')]);
    right('who is wanted back by whom it has just blocked, is found by another one, and has gone',
        [...HAD_BACK, '3.07 b asks 5 block c1']);
    right('who is lost in a chat, comes back, and leaves it', [MET, '2 b lost',
        '2.5 b connected chatting c1 c1-a', END, '4 finish']);
    right('a chat of which one was lost before it was told',
        [asks(1, 'a', 1, 'search'), asks(1, 'b', 1, 'search'), '1.1 b lost', '1.2 a matched c1 p',
            '1.3 a parted c1', '4 finish']);
    right('a chat of which one had withdrawn', [asks(1, 'a', 1, 'search'), asks(1, 'b', 1, 'search'),
        asks(1.2, 'b', 2, 'end_chat', '-', 'idle'), '1.2 a matched c1 p', '1.3 a parted c1', '4 finish']);
    right('a skip that was answered when the connection was lost, and heard by nobody else', [MET,
        asks(3, 'a', 2, 'skip', 'c1'), '3.1 a lost', '3.2 a connected chatting c1 c1-b', '4 b lost',
        '4.1 b connected chatting c1 c1-a', '5 finish']);
    right('a search that was answered when it was lost', [MET, '3 a asks 2 skip c1', '3 a lost',
        '3.1 b parted c1', '3.5 a connected idle', '4 finish']);
    right('a text that arrives', [MET, asks(2, 'a', 2, 'message', 'c1 t', 'done'), '2 b heard c1 t',
        END.replaceAll(' 2', ' 3')]);
    right('who meets a stranger to its wishes after a while, or one who shares them',
        [wishes(1, 'a', 1, 'art,go', 'en'), asks(1, 'b', 1, 'search'), meet(2.01, 'a', 'b', 'c1'),
            wishes(3, 'd', 1, 'Art,chess', 'en'), wishes(3, 'e', 1, 'go,art', 'en'),
            '3.1 d matched c2 p Art\n3.1 e matched c2 q art']);
    right('a wish that has no spelling at another gateway', [wishes(1, 'a', 1, 'art'), '1.1 a lost',
        '1.2 a connected searching', wishes(1, 'b', 1, 'art'), '1.3 a matched c1 p',
        '1.3 b matched c1 q art']);
    right('a wish of which it is not known whether it was heard', [wishes(1, 'a', 1, 'art'),
        '1.1 a wishes 2 search - go', '1.1 a lost', '1.2 a connected searching', wishes(1, 'b', 1, 'go'),
        meet(1.3, 'a', 'b', 'c1').replace('c1-a', 'c1-a go')]);
    right('a wish that was changed', [wishes(1, 'a', 1, 'art'), wishes(1.1, 'a', 2, 'go'),
        wishes(1, 'b', 1, 'go'), meet(1.2, 'a', 'b', 'c1', 'go')]);
    right('a pair that has had three others each in between', [MET, END, comes('x'),
        ...['d', 'e', 'x'].flatMap((who, i) =>
            [passing(3.1 + i / 5, 'a', who, `a${who}`), passing(3.2 + i / 5, 'b', who, `b${who}`)]),
        asks(3.8, 'a', 900, 'search'), asks(3.8, 'b', 900, 'search'), meet(3.9, 'a', 'b', 'c2')]);
    right('a block that is asked for twice', [MET, '2 a asks 2 block c1\n2.1 a asks 3 block c1',
        '2.2 a refused 3 block_pending', '2.2 b parted c1', '2.3 a answered 2 blocked', '4 finish']);
    right('two who are left as they never meet', [MET, asks(2, 'a', 2, 'block', 'c1', 'blocked'),
        '2 b parted c1', asks(3, 'a', 3, 'search'), asks(3, 'b', 3, 'search'), '4 finish']);
});

describe('what is wrong with a chat', () => {
    const both = [asks(2, 'd', 1, 'search'), asks(2, 'a', 2, 'search')];
    wrong('somebody who is put into a chat while in another', ['TWO CHATS'],
        [MET, ...both, meet(2.5, 'a', 'd', 'c2')]);
    wrong('the same on return', ['TWO CHATS', 'UNASKED'],
        [MET, both[0], '2.2 a lost', meet(2.5, 'a', 'd', 'c2')]);
    wrong('a chat of three', ['CROWDED'], [MET, asks(1, 'd', 1, 'search'), '1.6 d matched c1 p']);
    wrong('a chat of which one side knows nothing', ['ONE-SIDED'],
        [asks(1, 'a', 1, 'search'), '1.5 a matched c1 p', '1.6 a parted c1']);
    wrong('the same, though somebody left long before', ['ONE-SIDED'], [asks(1, 'b', 1, 'search'),
        '1.1 b lost', asks(7, 'a', 1, 'search'), '7.5 a matched c1 p']);
    wrong('two such, and one who left', ['ONE-SIDED'], [asks(1, 'b', 1, 'search'), '1.1 b left',
        ...['a', 'd'].flatMap((who) => [asks(1, who, 1, 'search'), `1.5 ${who} matched c-${who} p-${who}`])]);
    wrong('the same, as somebody of one browser left', ['ONE-SIDED'], [comes('x', 'one'),
        comes('y', 'one'), asks(1, 'y', 1, 'search'), '1.1 y left', asks(1, 'x', 1, 'search'),
        '1.5 x matched c1 p']);
    wrong('a partner id that was used before', ['PARTNER ID'], [MET, asks(1, 'd', 1, 'search'),
        asks(1, 'e', 1, 'search'), '2 d matched c2 c1-b\n2 e matched c2 q']);
    wrong('a partner id that is another one on return', ['PARTNER ID'], [MET, asks(1, 'd', 1, 'search'),
        asks(1, 'e', 1, 'search'), meet(2, 'd', 'e', 'c2'), '3 a lost', '3.1 a connected chatting c1 c2-e']);
    wrong('a chat that is told twice', ['DOUBLED'], [MET, '2 a matched c1 c1-b']);
    wrong('an end that is told twice', ['LEFT TWICE'], [MET, END, '3.2 b parted c1']);
    wrong('an end that is told to who left', ['LEFT TWICE'], [MET, END, '3.2 a parted c1']);
    wrong('the same, long before the connection was lost', ['LEFT TWICE'], [MET, END, '6 a lost',
        '6.1 a parted c1', '6.1 a connected idle']);
    wrong('an end that nobody asked for', ['DROPPED'], [MET, '2 b parted c1']);
    wrong('the same, while a block is on its way alone', ['DROPPED'], [
        ...CROSSED.filter((line) => !line.includes('skip')), '3.1 a answered 3 blocked', '4 finish']);
    wrong('the same, when the skip was answered before', ['DROPPED'], [
        ...CROSSED, '1.45 a answered 2 waiting', '3.1 a answered 3 blocked', '4 finish']);
    wrong('a chat that is not there on return', ['STATE'], [MET, '2 a lost', '2.1 a connected idle']);
    wrong('a chat on return that was left long before', ['STATE', 'DANGLING'], [MET,
        asks(2, 'a', 2, 'skip', 'c1'), '2.1 b parted c1', '4 a lost', '4.1 a connected chatting c1 c1-b',
        '5 finish']);
    wrong('another chat on return', ['STATE'], [MET, asks(1, 'd', 1, 'search'),
        asks(1, 'e', 1, 'search'), meet(2, 'd', 'e', 'c2'), '3 a lost', '3.1 a connected chatting c2']);
});

describe('what is wrong with a search', () => {
    const alone = asks(1, 'b', 1, 'search');
    wrong('a match that nobody asked for', ['UNASKED'], [alone, meet(2, 'a', 'b', 'c1')]);
    wrong('a match after a search was withdrawn', ['UNASKED'], [alone, asks(1, 'a', 1, 'search'),
        asks(1.5, 'a', 2, 'end_chat', '-', 'idle'), meet(2, 'a', 'b', 'c1')]);
    wrong('a match by a search that was withdrawn', ['WITHDRAWN'], [alone, '1 a asks 1 search',
        '1.1 a answered 1 waiting', '1.2 b matched c1 p', asks(1.15, 'a', 2, 'end_chat', '-', 'idle'),
        asks(1.3, 'a', 3, 'search'), '1.4 a matched c1 q']);
    wrong('a match after a search was over', ['UNASKED'], [alone, asks(1, 'a', 1, 'search'),
        '4.1 a expired 3100', meet(5, 'a', 'b', 'c1')]);
    wrong('a search that is over too early', ['TOO EARLY'], [alone, '3 b expired 3000']);
    wrong('the end of a search that was none', ['UNASKED'], ['3 b expired 3000']);
    wrong('a wait that is longer than the search', ['PLACE'], [alone, '2 b waits 1500']);
    wrong('the wait of the search before', ['PLACE'], [alone,
        asks(2, 'b', 2, 'end_chat', '-', 'idle'), asks(2.1, 'b', 3, 'search'), '2.2 b waits 1200']);
    wrong('two who search and are not matched', ['STUCK'], [alone, asks(1, 'a', 1, 'search'), '9 finish']);
    wrong('an answer to what was not asked', ['UNASKED'], [MET, '2 a unasked']);
    wrong('a request with two answers', ['DOUBLED'], [alone, '2 b answered 1 waiting']);
    wrong('a request without an answer', ['UNANSWERED'], ['1 a asks 1 search', '9 finish']);
    wrong('a chat that one of the two has left unnoticed', ['DANGLING'],
        [MET, asks(2, 'a', 2, 'end_chat', 'c1', 'idle'), '9 finish']);
});

describe('what is wrong with who met', () => {
    wrong('two of one browser', ['SAME BROWSER'], [comes('x', 'of-a'), asks(1, 'x', 1, 'search'),
        asks(1, 'a', 1, 'search'), meet(2, 'a', 'x', 'c1')]);
    const block = [MET, asks(2, 'a', 2, 'block', 'c1', 'blocked'), '2 b parted c1'];
    wrong('two of whom one has blocked the other', ['BLOCKED'], [...block, asks(4, 'a', 3, 'search'),
        asks(4, 'b', 3, 'search'), meet(5, 'a', 'b', 'c2')]);
    wrong('the same from other windows of their browsers', ['BLOCKED'], [...block, comes('x', 'of-a'),
        comes('y', 'of-b'), asks(4, 'x', 1, 'search'), asks(4, 'y', 1, 'search'), meet(5, 'x', 'y', 'c2')]);
    wrong('the same of users without a browser', ['BLOCKED'], [comes('x', '-'), comes('y', '-'),
        block.join('\n').replaceAll(/\ba\b/g, 'x').replaceAll(/\bb\b/g, 'y'), asks(4, 'x', 3, 'search'),
        asks(4, 'y', 3, 'search'), meet(5, 'x', 'y', 'c2')]);
    wrong('the same by undoing a skip', ['BLOCKED'], [MET, SKIP,
        asks(3.03, 'b', 2, 'block', 'c1', 'blocked'), BACK]);
    wrong('the same, who searched since before that', ['BLOCKED'], [...block,
        comes('x', 'of-a'), asks(1, 'x', 1, 'search'), comes('y', 'of-b'), asks(1, 'y', 1, 'search'),
        meet(8, 'x', 'y', 'c2')]);
    const again = [asks(3.1, 'a', 3, 'search'), asks(3.1, 'b', 3, 'search')];
    wrong('two who have just parted', ['TOO SOON'], [MET, END, ...again, meet(3.9, 'a', 'b', 'c2')]);
    wrong('the same with others in between', ['TOO SOON'], [MET, END, passing(3.1, 'a', 'd', 'c3'),
        passing(3.2, 'a', 'e', 'c4'), ...again.map((text) => text.replaceAll('3.1', '3.4')),
        meet(3.9, 'a', 'b', 'c2')]);
    wrong('the same with three others in between, of one of the two', ['TOO SOON'], [MET, END, comes('x'),
        ...['d', 'e', 'x'].map((who, i) => passing(3.1 + i / 10, 'a', who, `a${who}`)),
        asks(3.8, 'a', 900, 'search'), asks(3.8, 'b', 900, 'search'), meet(3.9, 'a', 'b', 'c2')]);
    wrong('a chat that is taken up and was another', ['FALSE UNDO'],
        [MET, SKIP, asks(3.05, 'b', 2, 'search'), BACK.replaceAll('- c1', '- c9')]);
    wrong('a chat that is taken up, and one is not told', ['FALSE UNDO'], [MET, SKIP,
        asks(3.05, 'b', 2, 'search'), BACK.replace('c2-a - c1', 'c2-a')]);
    wrong('a chat that is taken up though nobody asked', ['FALSE UNDO'],
        [MET, SKIP, meet(3.2, 'a', 'b', 'c2', '- c1')]);
    wrong('a chat that is taken up by who was left', ['FALSE UNDO'], [MET, SKIP,
        asks(3.03, 'b', 2, 'search'), asks(3.1, 'b', 3, 'undo', '-', 'matched'),
        meet(3.2, 'a', 'b', 'c2', '- c1')]);
    wrong('a chat that is taken up with somebody else', ['FALSE UNDO'], [MET, SKIP,
        asks(3, 'd', 1, 'search'), BACK.replaceAll('b', 'd')]);
    wrong('one who left and did not search is taken back', ['UNASKED'], [MET, SKIP,
        asks(3.03, 'b', 2, 'search'), asks(3.05, 'b', 3, 'end_chat', '-', 'idle'), BACK]);
});

describe('what is wrong with wishes', () => {
    const stranger = asks(1, 'b', 1, 'search');
    wrong('a stranger to its interests', ['UNWISHED'],
        [wishes(1, 'a', 1, 'art'), stranger, meet(1.9, 'a', 'b', 'c1')]);
    wrong('one of another language', ['UNWISHED'], [wishes(1, 'a', 1, '', 'en'),
        wishes(1, 'b', 1, '', 'de'), meet(1.9, 'a', 'b', 'c1')]);
    wrong('one of any language', ['UNWISHED'], [wishes(1, 'a', 1, 'art', 'en'),
        wishes(1, 'b', 1, 'art'), meet(1.9, 'a', 'b', 'c1', 'art')]);
    wrong('the same after one of them has waited', ['UNWISHED'], [wishes(1, 'a', 1, 'art'),
        wishes(2.5, 'b', 1, 'go'), meet(3, 'a', 'b', 'c1')]);
    wrong('a stranger, after another search was withdrawn', ['UNWISHED'], [wishes(1, 'a', 1, 'art'),
        asks(2.4, 'a', 2, 'end_chat', '-', 'idle'), wishes(2.5, 'a', 3, 'art'), stranger,
        meet(3, 'a', 'b', 'c1')]);
    const art = [wishes(1, 'a', 1, 'Art,go'), wishes(1, 'b', 1, 'art,chess')];
    wrong('interests in common that are not told', ['SHARED'], [...art, meet(2, 'a', 'b', 'c1')]);
    wrong('the same of one side', ['SHARED'],
        [...art, '2 a matched c1 p Art\n2 b matched c1 q']);
    wrong('interests that are told and not in common', ['SHARED'],
        [...art, '2 a matched c1 p Art,go\n2 b matched c1 q art']);
    wrong('interests in the spelling of the other', ['SHARED'], [...art, meet(2, 'a', 'b', 'c1', 'art')]);
});

describe('what is wrong with a text', () => {
    const write = asks(2, 'a', 2, 'message', 'c1 t', 'done');
    const others = [asks(1, 'd', 1, 'search'), asks(1, 'e', 1, 'search'), meet(1.5, 'd', 'e', 'c2')];
    wrong('it is heard twice', ['DOUBLED'], [MET, write, '2 b heard c1 t', '2.1 b heard c1 t']);
    wrong('it is heard by somebody else', ['MISDELIVERED'], [MET, ...others, write, '2 d heard c2 t']);
    wrong('it is heard by its writer', ['MISDELIVERED'], [MET, write, '2 a heard c1 t']);
    wrong('it is heard after the chat', ['MISDELIVERED'], [MET, write, END.replaceAll(' 2', ' 3'),
        '4 b heard c1 t']);
    wrong('it is heard in the next chat', ['MISDELIVERED'], [MET, write, END.replaceAll(' 2', ' 3'),
        asks(4, 'b', 2, 'search'), asks(4, 'd', 1, 'search'), meet(4.1, 'b', 'd', 'c2'), '5 b heard c2 t']);
    wrong('nobody wrote it', ['MISDELIVERED'], [MET, '2 b heard c1 t']);
});

describe('what is wrong with the stores', () => {
    const pair = { partners: { A: 'B', B: 'A' }, sessions: { A: 'c1', B: 'c1' }, waiting: [], queues: {} };
    const held = (name, kinds, stores, pieces = [MET]) =>
        wrong(name, kinds, [...pieces, '4 finish'], { stores: { ...pair, ...stores } });
    right('nothing', [MET, '4 finish'], { stores: pair });
    held('a partner who has another', ['STORES'], { partners: { A: 'B', B: 'C', C: 'B' },
        sessions: { A: 'c1', B: 'c1', C: 'c1' } });
    held('a partner who is oneself', ['STORES'], { partners: { A: 'A' }, sessions: { A: 'c1' } });
    held('two sessions of one chat', ['STORES', 'STORES', 'STORES'], { sessions: { A: 'c1', B: 'c2' } });
    held('a session without a partner', ['STORES'], { sessions: { A: 'c1', B: 'c1', C: 'c1' } });
    held('a chat that nobody is in', ['STORES'], { partners: { ...pair.partners, C: 'D', D: 'C' },
        sessions: { ...pair.sessions, C: 'c2', D: 'c2' } });
    held('a chat that is not there', ['STORES'], { partners: {}, sessions: {} });
    held('one who waits and does not search', ['STORES'], { waiting: ['C'] });
    held('one who chats and waits', ['STORES'], { waiting: ['A'] }, [MET, asks(3, 'd', 1, 'search')]);
    held('one who stands in a queue', ['STORES'], { queues: { '.en': ['A'] } });

    wrong('a chat without a record', ['UNRECORDED'], [MET, END], { rows: [] });
    wrong('a chat with two', ['UNRECORDED'], [MET, END], { rows: [...ROWS, ...ROWS] });
    const unheard = [passing(0.5, 'd', 'e', 'c3'), passing(0.7, 'b', 'e', 'c4'), MET, SKIP,
        asks(3.1, 'd', 1, 'search'), asks(3.1, 'b', 2, 'search'), '3.2 b asks 3 message - t\n3.25 b left',
        '3.22 d matched c2 p\n3.22 d heard c2 t\n3.3 d parted c2'];
    const its = (userA) => [...ROWS, { id: 'c2', userA, userB: 'D', endedAt: 'then' },
        { id: 'c3', userA: 'D', userB: 'E', endedAt: 'then' },
        { id: 'c4', userA: 'B', userB: 'E', endedAt: 'then' }];
    right('a text of who was in the chat, and has gone before it heard of it', unheard, { rows: its('B') });
    wrong('the same of who was not, as the records say', ['ONE-SIDED', 'MISDELIVERED'], unheard, { rows: its('A') });
    wrong('a record without an end', ['UNRECORDED'], [MET, END], { rows: [{ ...ROWS[0], endedAt: null }] });
    const more = [MET, END, asks(5, 'a', 3, 'search'), asks(5, 'd', 1, 'search'), meet(5.1, 'a', 'd', 'c2'),
        asks(6, 'a', 4, 'end_chat', 'c2', 'idle'), '6.1 d parted c2'];
    const second = { id: 'c2', userA: 'D', userB: 'A', endedAt: 'then' };
    right('records of two chats', more, { rows: [...ROWS, second] });
    wrong('a record of others', ['STRANGE RECORD'], more,
        { rows: [...ROWS, { ...second, userA: 'X', userB: 'Y' }] });
    const third = { id: 'c3', userA: 'B', userB: 'D', endedAt: 'then' };
    wrong('records in which two are the same', ['STRANGE RECORD'],
        [...more, passing(7, 'b', 'e', 'c3')], { rows: [...ROWS, second, third] });
});
