// attention.ts -- calls back somebody who looks elsewhere: by the title, and by a sound, a
// notification and a shake of the phone if the user wants them. None says what was written.

import { useEffect, useRef } from 'react';
import type { Conversation } from './conversation';
import type { Preferences } from './preferences';
import type { Texts } from './texts';

type Happening = keyof Texts['notifications'];

export function titleOf({ state, unread }: Conversation, texts: Texts): string {
    const titles: Partial<Record<Conversation['state'], string>> = {
        ...{ connecting: texts.titles.searching, searching: texts.titles.searching },
        ...{ chatting: texts.titles.chatting, away: texts.titles.chatting },
        left: texts.titles.left,
    };
    const where = titles[state];
    const count = unread > 0 ? `(${unread}) ` : '';
    return count + (where ? `${where} · ${texts.name}` : texts.name);
}

// What has happened that somebody who looks elsewhere should know.
export function happeningOf(before: Conversation, now: Conversation): Happening | null {
    if (!now.hidden) {
        return null;
    }
    if (now.unread > before.unread) {
        return 'message';
    }
    if (now.state === 'chatting' && now.chat?.id !== before.chat?.id) {
        return 'matched';
    }
    return now.state === 'left' && before.state !== 'left' ? 'left' : null;
}

// -- the browser's ways ------------------------------------------------------------------------

let sounds: AudioContext | null = null;

// Two short tones. A browser that plays nothing before a press is silent until one.
export function ring(): void {
    sounds ??= new AudioContext();
    const { currentTime, destination } = sounds;
    void sounds.resume();
    [660, 880].forEach((frequency, i) => {
        const at = currentTime + i * 0.12;
        const tone = new OscillatorNode(sounds!, { frequency });
        const loudness = new GainNode(sounds!, { gain: 0 });
        loudness.gain.setValueAtTime(0, at);
        loudness.gain.linearRampToValueAtTime(0.12, at + 0.02);
        loudness.gain.exponentialRampToValueAtTime(0.001, at + 0.3);
        tone.connect(loudness).connect(destination);
        tone.start(at);
        tone.stop(at + 0.3);
    });
}

// Whether the user lets this page notify; asks if that is not known.
export async function mayNotify(): Promise<boolean> {
    return 'Notification' in window && (await Notification.requestPermission()) === 'granted';
}

// One at a time: a newer one takes the place of the last.
function notify(title: string, body: string): void {
    if (!('Notification' in window) || Notification.permission !== 'granted') {
        return;
    }
    try {
        const notification = new Notification(title, { body, tag: 'chat', icon: '/icon.svg' });
        notification.onclick = () => {
            window.focus();
            notification.close();
        };
    } catch {
        // Some phones let only a service worker notify: there the phone shakes.
    }
}

// -- while the page is there -------------------------------------------------------------------

export function useAttention(c: Conversation, preferences: Preferences, texts: Texts): void {
    const before = useRef(c);
    const title = titleOf(c, texts);

    useEffect(() => {
        document.title = title;
    }, [title]);

    useEffect(() => {
        const happening = happeningOf(before.current, c);
        before.current = c;
        if (happening === null) {
            return;
        }
        if (preferences.sound) {
            ring();
        }
        if (preferences.notify) {
            notify(texts.name, texts.notifications[happening]);
            navigator.vibrate?.(120);
        }
    }, [c, preferences, texts]);
}
