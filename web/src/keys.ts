// keys.ts -- the keys that mean the same wherever one is on the page.

import { useEffect } from 'react';
import type { ViewProps } from './views/view';

const isEditable = (target: EventTarget | null) =>
    target instanceof Element && target.matches('input, textarea, select, [contenteditable]');

// What a part has put away with Escape it has prevented: then it means nothing more.
const isTaken = (event: KeyboardEvent) =>
    event.defaultPrevented || event.isComposing || event.repeat
    || document.querySelector('dialog[open]') !== null;

export function useKeys({ act, open }: Pick<ViewProps, 'act' | 'open'>): void {
    useEffect(() => {
        const onKeyDown = (event: KeyboardEvent) => {
            if (isTaken(event)) {
                return;
            }
            if (event.key === 'Escape') {
                act({ type: 'skip_pressed' });
            } else if (event.key === '?' && !isEditable(event.target)) {
                open({ name: 'shortcuts' });
            }
        };
        document.addEventListener('keydown', onKeyDown);
        return () => document.removeEventListener('keydown', onKeyDown);
    }, [act, open]);
}
