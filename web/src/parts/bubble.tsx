// bubble.tsx -- one message. What people wrote is only ever a text node.

import { memo, useEffect, useMemo, useState } from 'react';
import type { Message } from '../conversation';
import { canFind, loadFinder, mayHoldLink, piecesOf, type Piece } from '../links';
import { clockTime, refusalText } from '../texts';
import type { ViewProps } from '../views/view';
import { Alert, Check, Clock } from './icons';

const marks = { unsent: Clock, sending: Clock, delivered: Check, failed: Alert };

type Props = Pick<ViewProps, 'act' | 'open' | 'texts'> & {
    message: Message;
    grouped: boolean; // Follows closely on another of the same person.
    fresh: boolean; // Has just come, and is seen to.
    last: boolean; // No other of the same person follows closely.
    canRetry: boolean;
};

export const Bubble = memo(function Bubble({
    message,
    grouped,
    fresh,
    last,
    canRetry,
    act,
    open,
    texts,
}: Props) {
    const { from, status, refusal } = message;
    const mine = from === 'user';
    const Mark = marks[status];
    const [cameNow] = useState(fresh);
    const looks = [grouped && 'grouped', last && 'last', cameNow && 'fresh'].filter(Boolean);
    return (
        <div className={`message ${from} ${status} ${looks.join(' ')}`}>
            <div className="bubble">
                <span className="unseen">
                    {mine ? texts.chat.you : texts.chat.partner}:{' '}
                </span>
                <span className="text" dir="auto">
                    <Text text={message.text} open={open} />
                </span>
                <span className="meta">
                    <time dateTime={new Date(message.at).toISOString()}>
                        {clockTime(message.at)}
                    </time>
                    {mine && <Mark />}
                    {mine && status !== 'failed' && (
                        <span className="unseen">{texts.status[status]}</span>
                    )}
                </span>
            </div>
            {status === 'failed' && (
                <p className="failure">
                    <span>
                        {texts.status.failed}
                        {refusal && ` · ${refusalText(texts, refusal)}`}
                    </span>
                    {canRetry && (
                        <button
                            type="button"
                            onClick={() => act({ type: 'retried', id: message.id })}
                        >
                            {texts.buttons.retry}
                        </button>
                    )}
                </p>
            )}
        </div>
    );
});

type TextProps = Pick<Props, 'open'> & { text: string };

// The text as it was written; addresses in it can be pressed.
function Text({ text, open }: TextProps) {
    const mayHold = mayHoldLink(text);
    const [canSee, see] = useState(canFind);
    const pieces = useMemo<Piece[]>(
        () => (mayHold && canSee ? piecesOf(text) : [text]),
        [text, mayHold, canSee],
    );

    useEffect(() => {
        if (mayHold && !canSee) {
            void loadFinder().then(() => see(canFind()));
        }
    }, [mayHold, canSee]);

    return pieces.map((piece, i) =>
        typeof piece === 'string' ? piece : <Address key={i} {...piece} open={open} />,
    );
}

// No real link: neither the middle button nor the browser's menu opens it unasked.
function Address({ text, url, open }: TextProps & { url: string }) {
    const ask = () => open({ name: 'link', url });
    return (
        <span
            className="link"
            role="link"
            tabIndex={0}
            onClick={ask}
            onKeyDown={(event) => event.key === 'Enter' && ask()}
        >
            {text}
        </span>
    );
}
