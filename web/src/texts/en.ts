// en.ts -- everything the page says, in English. Another language is another such file.

const plural = (count: number, one: string, many: string) =>
    `${count} ${count === 1 ? one : many}`;

export const en = {
    language: 'en',
    direction: 'ltr' as 'ltr' | 'rtl',

    name: 'Anonymous chat',
    online: (count: number) => plural(count, 'person online', 'people online'),

    start: {
        heading: 'Talk to somebody new.',
        lead: 'One stranger, one conversation. No account, and nothing you write is stored.',
        button: 'Start',
        again: 'Try again',
        nobody: (span: string) => `Nobody was found in ${span}. You can try again.`,
        rules: 'For adults. Be kind, and keep to yourself what tells who you are.',
    },
    wish: {
        group: 'Whom would you like to meet?',
        interests: 'Interests',
        placeholder: 'music, football, …',
        first: 'Add interests…',
        more: 'one more…',
        hint: 'Whoever shares one of them comes first; after some seconds anyone may.',
        remove: (interest: string) => `Remove ${interest}`,
        language: 'Language',
        any: 'Any language',
        faults: {
            too_long: 'Up to 32 characters each.',
            too_many: 'Ten are enough: remove one first.',
        },
    },
    connecting: {
        heading: 'Connecting…',
        lead: 'This takes a moment.',
        slow: 'The server does not answer yet. We keep trying.',
    },
    searching: {
        heading: 'Looking for a partner…',
        lead: 'The chat opens as soon as somebody is there.',
        slow: 'Nobody who fits is free right now. We keep looking.',
        waited: 'Time waited',
        alone: 'Nobody else is looking right now.',
        count: (count: number) => `${count} people are looking right now, you among them.`,
        undo: 'Undo skip',
        undoFor: (seconds: number) => `${seconds} s`,
    },
    chat: {
        log: 'Conversation',
        partner: 'Your partner',
        here: 'Here with you',
        away: 'Reconnecting…',
        typing: 'typing…',
        gone: 'Not here any more',
        unknown: 'Out of reach',
        returning: 'One moment…',
        hello: 'You are talking to somebody new. Say hello!',
        shared: 'You both like',
        again: 'You are back with the same person.',
        partnerAway:
            'Your partner’s connection is interrupted. What you write waits for them.',
        latest: 'Latest messages',
        you: 'You',
    },
    status: {
        unsent: 'Not sent yet',
        sending: 'Sending',
        delivered: 'Delivered',
        failed: 'Not delivered',
    },
    composer: {
        label: 'Message',
        placeholder: 'Write a message',
        count: (length: number, max: number) => `${length} of ${max} characters`,
        tooLong: (over: number) => `${plural(over, 'character', 'characters')} too many`,
    },
    buttons: {
        cancel: 'Cancel',
        skip: 'Skip',
        end: 'End',
        send: 'Send',
        retry: 'Retry',
        again: 'New chat',
        close: 'Close',
        here: 'New chat here',
    },
    ended: {
        partner: 'Your partner left.',
        partnerLost: 'Your partner lost the connection and did not come back.',
        user: 'You ended the chat.',
        loss: 'The connection was lost, and this chat is over.',
    },
    block: {
        button: 'Block',
        last: 'Block last partner',
        question: 'Block this person?',
        inChat: 'The chat ends, and you will not meet again.',
        after: 'You will not meet again.',
        yes: 'Yes, block',
        no: 'No',
        said: 'Blocking…',
        noted: 'You will not meet this person again.',
    },
    elsewhere: {
        heading: 'This chat goes on in another tab.',
        lead: 'You can be in one tab only. Go on there, or begin anew here.',
    },
    link: {
        lost: 'No connection. Trying again…',
        opening: 'Reconnecting…',
        lostInChat:
            'No connection. Trying again… What you write waits until your partner can get it.',
    },
    retryAfter: (seconds: number) => `Try again in ${seconds} s.`,
    // Refusals by the gateway's code; what is missing here is shown in the gateway's own words.
    refusals: {} as Record<string, string>,
};

export type Texts = typeof en;
