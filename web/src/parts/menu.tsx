// menu.tsx -- what can be done in a chat, and is not wanted often.

import { useEffect, useRef, useState, type FocusEvent, type KeyboardEvent } from 'react';
import type { ViewProps } from '../views/view';
import { Ban, Dots, Gear, Keyboard, Shield } from './icons';

type Props = Pick<ViewProps, 'conversation' | 'act' | 'open' | 'texts'>;

export function Menu({ conversation: { chat }, act, open, texts }: Props) {
    const [unfolded, unfold] = useState(false);
    const button = useRef<HTMLButtonElement>(null);
    const asked = useRef(false);
    const asks = chat?.block === 'considered';

    // The question comes from here; when it was put away the focus comes back.
    useEffect(() => {
        if (asked.current && !asks && document.activeElement === document.body) {
            button.current?.focus();
        }
        asked.current = asks;
    }, [asks]);

    function choose(deed: () => void) {
        button.current?.focus();
        unfold(false);
        deed();
    }

    function onKeyDown(event: KeyboardEvent) {
        if (event.key === 'Escape' && unfolded) {
            event.preventDefault();
            choose(() => {});
        }
    }

    function onBlur(event: FocusEvent) {
        if (event.relatedTarget && !event.currentTarget.contains(event.relatedTarget)) {
            unfold(false);
        }
    }

    useEffect(() => {
        const fold = (event: Event) => {
            if (!button.current?.parentElement?.contains(event.target as Node)) {
                unfold(false);
            }
        };
        document.addEventListener('pointerdown', fold);
        return () => document.removeEventListener('pointerdown', fold);
    }, []);

    return (
        <div className="menu" onKeyDown={onKeyDown} onBlur={onBlur}>
            <button
                ref={button}
                type="button"
                className="button small round bare"
                aria-label={texts.chat.more}
                title={texts.chat.more}
                aria-expanded={unfolded}
                onClick={() => unfold(!unfolded)}
            >
                <Dots />
            </button>
            {unfolded && (
                <ul className="menu-list">
                    {chat?.ending === null && chat.block === 'none' && (
                        <li>
                            <button
                                type="button"
                                className="danger"
                                onClick={() =>
                                    choose(() =>
                                        act({ type: 'block_considered', chatId: chat.id }))
                                }
                            >
                                <Ban />
                                {texts.block.button}
                            </button>
                        </li>
                    )}
                    <li>
                        <button
                            type="button"
                            onClick={() => choose(() => open({ name: 'settings' }))}
                        >
                            <Gear />
                            {texts.settings.open}
                        </button>
                    </li>
                    <li className="with-keys">
                        <button
                            type="button"
                            onClick={() => choose(() => open({ name: 'shortcuts' }))}
                        >
                            <Keyboard />
                            {texts.shortcuts.heading}
                        </button>
                    </li>
                    <li>
                        <button
                            type="button"
                            onClick={() => choose(() => open({ name: 'privacy' }))}
                        >
                            <Shield />
                            {texts.privacy.heading}
                        </button>
                    </li>
                </ul>
            )}
        </div>
    );
}
