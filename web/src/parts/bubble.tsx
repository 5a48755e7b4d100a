// bubble.tsx -- one message. What people wrote is only ever a text node.

import { memo } from 'react';
import type { Message } from '../conversation';
import { clockTime, refusalText } from '../texts';
import type { ViewProps } from '../views/view';
import { Alert, Check, Clock } from './icons';

const marks = { unsent: Clock, sending: Clock, delivered: Check, failed: Alert };

type Props = Pick<ViewProps, 'act' | 'texts'> & {
    message: Message;
    grouped: boolean; // Follows closely on another of the same person.
    last: boolean; // No other of the same person follows closely.
    canRetry: boolean;
};

export const Bubble = memo(function Bubble({
    message,
    grouped,
    last,
    canRetry,
    act,
    texts,
}: Props) {
    const { from, status, refusal } = message;
    const mine = from === 'user';
    const Mark = marks[status];
    return (
        <li
            className={`message ${from} ${status}${grouped ? ' grouped' : ''}${last ? ' last' : ''}`}
        >
            <div className="bubble">
                <span className="unseen">
                    {mine ? texts.chat.you : texts.chat.partner}:{' '}
                </span>
                <span className="text" dir="auto">
                    {message.text}
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
        </li>
    );
});
