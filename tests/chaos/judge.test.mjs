// judge.test.mjs -- the judge itself: each verdict can be passed, and none is passed on what is right.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { History, judge } from './judge.mjs';

const FIELDS = {
    connected: ['state', 'chat'],
    matched: ['chat'],
    told: ['chat', 'reason'],
    left: ['chat', 'how'],
    wrote: ['chat', 'text'],
    acked: ['text'],
    refused: ['text', 'code'],
    heard: ['chat', 'text'],
    fault: ['what'],
    healed: [],
};

// A history of lines such as '2.5 a wrote c1 t1', in any order: seconds, who, what.
function tell(...pieces) {
    const lines = pieces.join('\n').split('\n').map((line) => line.trim().split(/\s+/))
        .filter(([second]) => second);
    lines.sort((a, b) => Number(a[0]) - Number(b[0]));
    const history = new History();
    for (const [second, who, kind = who, ...rest] of lines) {
        const named = (FIELDS[kind] ?? []).map((field, i) => [field, rest[i]]);
        const subject = kind === 'fault' || kind === 'healed' ? { name: who } : { who };
        history.note(kind, { ...subject, ...Object.fromEntries(named) }, Number(second) * 1000);
    }
    return history;
}

function verdictsOf(pieces, rows = null) {
    return judge(tell(...pieces), rows).verdicts.map(({ kind }) => kind);
}

// a and b meet; what they say is to follow.
const MET = `
    0   a came
    0   b came
    0.1 a connected idle
    0.1 b connected idle
    0.2 a searched
    0.3 b searched
    0.4 a matched c1
    0.4 b matched c1`;
const TALK = `
    1   a wrote c1 a0
    1.1 b heard c1 a0
    1.2 a acked a0
    2   a wrote c1 a1
    2.1 b heard c1 a1
    2.2 a acked a1
    3   b wrote c1 b0
    3.1 a heard c1 b0
    3.2 b acked b0`;
const END = `
    30   finish
    30.1 a left c1 end_chat
    30.2 b told c1 ended
    31   a went
    31   b went`;
const ROW = { id: 'c1', endReason: 'ended', endedAt: 'then', messagesA: 1, messagesB: 2 };
const FAULT = '1.5 relay-1 fault relay_killed\n2.5 relay-1 healed';

// d finds e, who waits, and hears at once that it is not there.
const FOUND = `
    0    d came
    0    e came
    0.1  d connected idle
    0.1  e connected idle
    5    e searched
    6    d searched
    6.01 d matched c2
    6.02 d told c2 disconnected
    31   d went
    31   e went`;
const CUT = '5.99 e lost\n7 e connected idle';

const without = (text, line) => text.split('\n').filter((l) => !l.includes(line)).join('\n');

describe('what is right', () => {
    test('a talk that goes well', () => {
        assert.deepEqual(verdictsOf([MET, TALK, END], [ROW]), []);
        assert.deepEqual(verdictsOf([MET, TALK, END, FAULT], [ROW]), []);
    });

    test('a connection that is lost and comes back to the chat', () => {
        const gap = '4 a lost\n5 a connected chatting c1';
        assert.deepEqual(verdictsOf([MET, TALK, gap, END], [ROW]), []);
    });

    test('what was on its way when one of the two left', () => {
        const late = '8 b wrote c1 b1\n8.1 a left c1 skip\n8.2 b refused b1 not_delivered\n'
            + '8.3 b told c1 skipped\n8.4 a searched\n8.5 b wrote c1 b2';
        const end = '30 finish\n30 a withdrew\n31 a went\n31 b went';
        assert.deepEqual(verdictsOf([MET, TALK, late, end]), []);
    });

    test('who was away when a chat was ended, and hears of it on return', () => {
        const away = '4 b lost\n5 a wrote c1 a2\n5.1 a acked a2\n6 a left c1 end_chat\n'
            + '7 b connected idle\n7.1 b told c1 ended';
        const end = '30 finish\n31 a went\n31 b went';
        assert.deepEqual(verdictsOf([MET, TALK, away, end]), []);
    });

    test('an end that has to be asked for twice', () => {
        const twice = '5 a left c1 end_chat\n5.1 a lost\n6 a connected chatting c1\n6.1 b told c1 ended';
        assert.deepEqual(verdictsOf([MET, TALK, twice, '30 finish\n31 a went\n31 b went']), []);
    });

    test('two who search for long because of a fault, and one who searches alone', () => {
        const wait = '10 a left c1 skip\n10 a searched\n10.1 b told c1 skipped\n18 b searched\n'
            + '12 redis-1 fault redis_killed\n25 redis-1 healed\n26 a matched c2\n26 b matched c2';
        const end = '30 finish\n30.1 a left c2 end_chat\n30.2 b told c2 ended\n31 a went\n31 b went';
        assert.deepEqual(verdictsOf([MET, TALK, wait, end]), []);
    });

    test('a partner who was cut off in the moment in which it was found', () => {
        assert.deepEqual(verdictsOf([MET, TALK, END, FOUND, CUT]), []);
    });
});

describe('what is wrong', () => {
    const wrong = (name, kinds, pieces, rows) =>
        test(`${name}: ${kinds.join(', ')}`, () => assert.deepEqual(verdictsOf(pieces, rows), kinds));

    wrong('a text that was acked and never heard', ['LOST'],
        [MET, without(TALK, 'b heard c1 a1'), END]);
    wrong('the same, though the listener was away for a while', ['LOST'],
        [MET, without(TALK, 'b heard c1 a1'), '2 b lost\n4 b connected chatting c1', END]);
    wrong('the same, though it left long after', ['LOST'],
        [MET, without(TALK, 'b heard c1 a1'), '9 b left c1 end_chat\n9.1 a told c1 ended',
            '30 finish\n31 a went\n31 b went']);
    wrong('a text that was never acked, though both stayed', ['UNANSWERED'],
        [MET, without(TALK, 'a acked a1'), END]);
    wrong('the same, though it was refused when the chat was ended at last', ['UNANSWERED'],
        [MET, without(TALK, 'a acked a1'), '30 finish', '30.1 a left c1 end_chat',
            '30.2 b told c1 ended', '30.3 a refused a1 not_delivered', '31 a went\n31 b went']);
    wrong('a text that was acked far too late', ['UNANSWERED'],
        [MET, TALK.replace('2.2 a acked a1', ''), '29 a acked a1', END]);
    wrong('a text that was refused, though the chat stood', ['REFUSED'],
        [MET, TALK.replace('a acked a1', 'a refused a1 not_in_chat'), END]);
    wrong('a text that was heard twice', ['DOUBLED'], [MET, TALK, '2.3 b heard c1 a1', END]);
    wrong('an end that was told twice', ['DOUBLED'], [MET, TALK, END, '30.3 b told c1 ended']);
    wrong('two texts that were heard the wrong way round', ['REORDERED'],
        [MET, TALK.replace('1.1 b heard', '2.15 b heard'), END]);
    wrong('a text that was heard by somebody else', ['MISDELIVERED'],
        [MET, TALK, '0 d came\n0 d connected idle\n2.1 d heard c1 a1', END, '31 d went']);
    wrong('a text that was heard by its writer', ['MISDELIVERED'],
        [MET, TALK, '2.1 a heard c1 a1', END]);
    wrong('a text that was heard in another chat', ['MISDELIVERED'],
        [MET, TALK.replace('b heard c1 a1', 'b heard c9 a1'), END]);
    wrong('a text that nobody wrote', ['MISDELIVERED'], [MET, TALK, '5 b heard c1 x', END]);

    const gone = '30 finish\n31 a went\n31 b went';
    wrong('a chat whose end was told, ended by neither', ['DROPPED'],
        [MET, TALK, '5 b told c1 disconnected\n5.1 a told c1 disconnected', gone]);
    wrong('a chat that was not there on return', ['DROPPED'],
        [MET, TALK, '5 a lost\n6 a connected idle', gone]);
    wrong('a chat that had ended before one of the two left it', ['DROPPED'],
        [MET, TALK, '5 b told c1 disconnected\n6 a left c1 end_chat', gone]);

    const others = `
        0   d came
        0   e came
        0.1 d connected idle
        0.1 e connected idle`;
    wrong('somebody who is put into a chat while in another', ['TWO CHATS', 'ONE-SIDED'],
        [MET, TALK, '5 a matched c2', gone]);
    wrong('the same on return', ['DROPPED', 'ONE-SIDED'],
        [MET, TALK, '5 a lost\n6 a connected chatting c2', gone]);
    wrong('a chat of three', ['CROWDED'],
        [MET, TALK, END, others, '5 d matched c1\n31 d went\n31 e went']);
    wrong('a chat of which one side knows nothing', ['ONE-SIDED'],
        [MET, TALK, END, others, '5 d searched\n6 d matched c2\n30.1 d left c2 end_chat']);
    wrong('the same though somebody was cut off, but long before', ['ONE-SIDED'],
        [MET, TALK, END, FOUND, CUT.replace('5.99', '5.001')]);
    wrong('the same though somebody was cut off who was not in line', ['ONE-SIDED'],
        [MET, TALK, END, without(FOUND, 'e searched'), CUT]);
    wrong('the same though somebody was cut off in line, but another reason was told', ['ONE-SIDED'],
        [MET, TALK, END, FOUND.replace('disconnected', 'ended'), CUT]);
    wrong('two who search and are not matched', ['STUCK'],
        [MET, TALK, END, others, '5 d searched\n6 e searched\n30 d withdrew\n30 e withdrew']);
    wrong('the same after a fault', ['STUCK'],
        [MET, TALK, END, others, '1 d searched\n1 e searched\n30 d withdrew\n30 e withdrew', FAULT]);
    wrong('somebody who is not let in', ['STRANDED'], [MET, TALK, END, '0 d came']);
    wrong('somebody who is not let in again', ['STRANDED'],
        [MET, TALK, '5 b lost\n29 b connected chatting c1', END]);

    wrong('a chat without a record', ['UNRECORDED'], [MET, TALK, END], []);
    wrong('a chat with two', ['UNRECORDED'], [MET, TALK, END], [ROW, ROW]);
    wrong('a record without an end', ['UNRECORDED'], [MET, TALK, END],
        [{ ...ROW, endReason: null }]);
    wrong('a record that counts too few', ['MISCOUNTED'], [MET, TALK, END],
        [{ ...ROW, messagesB: 1 }]);
    wrong('a record that counts too many, with a fault around', ['MISCOUNTED'],
        [MET, TALK, END, FAULT], [{ ...ROW, messagesB: 3 }]);
    wrong('a record that counts of one what the other wrote', ['MISCOUNTED'],
        [MET, TALK, '4 a wrote c1 a2\n4.1 b heard c1 a2\n4.2 a acked a2', END],
        [{ ...ROW, messagesA: 2, messagesB: 2 }]);
});

test('how long people waited is measured for each kind of fault', () => {
    const fault = '4 relay-1 fault relay_killed\n8 relay-1 healed';
    const wait = '5 a wrote c1 a2\n5.6 b heard c1 a2\n5.7 a acked a2\n6 b lost\n6.4 b connected chatting c1';
    const { faults, verdicts } = judge(tell(MET, TALK, fault, wait, END));
    assert.deepEqual(verdicts, []);
    const [{ kind, times, ackMs, awayMs }] = faults;
    assert.deepEqual([kind, times, Math.round(ackMs), Math.round(awayMs)], ['relay_killed', 1, 700, 400]);
});

test('a verdict is counted with the fault that came last', () => {
    const fault = '4 gateway-1 fault gateway_killed\n8 gateway-1 healed';
    const { faults } = judge(tell(MET, TALK, fault, '5 a lost\n6 a connected idle\n30 finish'));
    assert.deepEqual(faults[0].verdicts, { DROPPED: 1 });
});
