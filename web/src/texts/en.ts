// en.ts -- everything the page says, in English. Another language is another such file.

const plural = (count: number, one: string, many: string) =>
    `${count} ${count === 1 ? one : many}`;

export const en = {
    language: 'en' as string,
    direction: 'ltr' as 'ltr' | 'rtl',

    name: 'Anonymous chat',
    online: (count: number) => plural(count, 'person online', 'people online'),

    titles: {
        searching: 'Looking…',
        chatting: 'Your partner',
        left: 'Chat over',
    },
    welcome: {
        points: [
            ['One stranger, one conversation', 'No account, no name, no profile.'],
            ['Nothing is stored', 'What you write is gone when the chat is.'],
            ['Be kind', 'Keep to yourself what tells who you are. Leave whenever you like.'],
        ],
        button: 'I am 18 or older',
        privacy: 'What is kept, and what is not',
    },
    start: {
        heading: 'Talk to somebody new.',
        lead: 'One stranger, one conversation. No account, and nothing you write is stored.',
        button: 'Start',
        again: 'Try again',
        nobody: (span: string) => `Nobody was found in ${span}. You can try again.`,
        rules: 'For adults. Be kind, and keep to yourself what tells who you are.',
        privacy: 'Privacy',
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
        awayFor: (seconds: number) => `up to ${seconds} s`,
        awayLong: 'any moment now',
        latest: 'Latest messages',
        you: 'You',
        more: 'More',
        skipArmed: 'Press Esc again to skip.',
        link: (address: string) => `Link: ${address}`,
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
        emoji: 'Emoji',
    },
    emoji: {
        search: 'Search emoji',
        none: 'Nothing found',
        groups: [
            'Smileys', 'People', '', 'Animals and nature', 'Food and drink', 'Travel',
            'Activities', 'Objects', 'Symbols', 'Flags',
        ],
    },
    buttons: {
        cancel: 'Cancel',
        skip: 'Skip',
        end: 'End',
        endArmed: 'End now?',
        call: 'Try now',
        stay: 'Stay here',
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
        next: (seconds: number) => `Looking for somebody new in ${seconds} s.`,
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
        silent: 'No answer from the server.',
        offline: 'You are offline.',
        offlineInChat: 'You are offline. What you write waits until your partner can get it.',
        opening: 'Reconnecting…',
        lostInChat:
            'No connection. Trying again… What you write waits until your partner can get it.',
    },
    leaving: {
        question: 'Open this link?',
        warning: 'Somebody you do not know has sent it. Open it only if you know this address.',
        open: 'Open',
        cancel: 'Do not open',
    },
    settings: {
        heading: 'Settings',
        open: 'Settings',
        close: 'Close',
        language: 'Language of the page',
        browser: 'As the browser',
        theme: 'Appearance',
        themes: { system: 'System', light: 'Light', dark: 'Dark' },
        hidden: 'When this page is in the background',
        sound: 'Play a sound',
        notify: 'Show a notification',
        forbidden: 'This browser does not allow notifications for this page.',
        auto: 'Look for the next one by itself',
        autoHint: 'When a partner leaves; you have some seconds to stop it.',
    },
    notifications: {
        message: 'You have a new message.',
        matched: 'You have a partner.',
        left: 'Your partner left.',
    },
    shortcuts: {
        heading: 'Keyboard shortcuts',
        list: [
            [['Enter'], 'Send the message'],
            [['Shift', 'Enter'], 'Begin a new line'],
            [['Esc', 'Esc'], 'Skip to somebody new'],
            [['?'], 'Show this list'],
        ] as [string[], string][],
    },
    privacy: {
        heading: 'Privacy',
        sections: [
            [
                'What you write',
                'Messages go from your browser to your partner’s and are kept in memory until they have arrived. They are written to no disk, no database and no log.',
            ],
            [
                'What is put on record',
                'One line for each chat: two random names that are made for a visit, when it began and ended, how it ended and by whose choice, how many messages each sent, how long each waited, and how many interests the two shared. It is deleted after 30 days, unless whoever runs this service has chosen otherwise.',
            ],
            [
                'What is held while you are here',
                'That you wait or talk, with whom, whom you met last, and, for a day after your last search, whom you have blocked; your interests as digests, not as words, and your language. Your network address is used to limit abuse, and is not put on record.',
            ],
            [
                'What your browser keeps',
                'A random name, so that two of your tabs never meet; it is sent to the server, which keeps only a digest of it. Your interests and settings. And your chat, in this tab alone, so that it survives a reload: it is gone when you close it. There are no cookies and no trackers, and nothing is loaded from elsewhere.',
            ],
            [
                'What nobody can promise',
                'Your partner can copy what you write. Do not tell a stranger what must stay between friends.',
            ],
        ] as [string, string][],
    },
    retryAfter: (seconds: number) => `Try again in ${seconds} s.`,
    // Refusals by the gateway's code; what is missing here is shown in the gateway's own words.
    refusals: {} as Record<string, string>,
};

export type Texts = typeof en;
