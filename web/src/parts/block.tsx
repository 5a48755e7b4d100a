// block.tsx -- never to meet somebody again: the button, the question, and what came of it.

import { useEffect, useRef, type KeyboardEvent } from 'react';
import { hasBlocked, type Chat } from '../conversation';
import type { ViewProps } from '../views/view';
import { Ban } from './icons';

type Props = Pick<ViewProps, 'act' | 'texts'> & { chat: Chat };

// Asks first. The focus comes back when the question was put away.
export function BlockButton({ chat, label, act }: Props & { label: string }) {
    const button = useRef<HTMLButtonElement>(null);
    const asked = useRef(false);
    const asks = chat.block === 'considered';

    useEffect(() => {
        if (asked.current && !asks && document.activeElement === document.body) {
            button.current?.focus();
        }
        asked.current = asks;
    }, [asks]);

    if (hasBlocked(chat)) {
        return null;
    }
    return (
        <button
            ref={button}
            type="button"
            className="button quiet drawn"
            aria-expanded={asks}
            onClick={() =>
                act({ type: asks ? 'block_dropped' : 'block_considered', chatId: chat.id })
            }
        >
            <Ban />
            {label}
        </button>
    );
}

// The question, while it is asked; then what came of the answer.
export function BlockNotice({ chat, inChat, act, texts }: Props & { inChat: boolean }) {
    return (
        <>
            {chat.block === 'considered' && (
                <BlockQuestion chat={chat} inChat={inChat} act={act} texts={texts} />
            )}
            <div role="status">
                {chat.block === 'said' && <p className="notice">{texts.block.said}</p>}
                {chat.block === 'noted' && <p className="notice">{texts.block.noted}</p>}
            </div>
        </>
    );
}

function BlockQuestion({ chat, inChat, act, texts }: Props & { inChat: boolean }) {
    const box = useRef<HTMLDivElement>(null);
    const drop = () => act({ type: 'block_dropped', chatId: chat.id });

    useEffect(() => box.current?.focus(), []);

    function onKeyDown(event: KeyboardEvent) {
        if (event.key === 'Escape') {
            event.preventDefault();
            drop();
        }
    }

    return (
        <div
            ref={box}
            className="notice question"
            role="group"
            aria-label={texts.block.question}
            tabIndex={-1}
            onKeyDown={onKeyDown}
        >
            <p>
                <strong>{texts.block.question}</strong>{' '}
                {inChat ? texts.block.inChat : texts.block.after}
            </p>
            <div className="question-buttons">
                <button type="button" className="button small" onClick={drop}>
                    {texts.block.no}
                </button>
                <button
                    type="button"
                    className="button small danger"
                    onClick={() => act({ type: 'blocked', chatId: chat.id })}
                >
                    {texts.block.yes}
                </button>
            </div>
        </div>
    );
}
