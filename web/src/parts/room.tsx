// room.tsx -- a chat's frame: who is there, what was said, and what can be done.

import type { ReactNode } from 'react';
import type { ViewProps } from '../views/view';
import { Heading } from './heading';
import { Person } from './icons';
import { Transcript } from './transcript';

type Props = Pick<ViewProps, 'conversation' | 'act' | 'open' | 'texts'> & {
    // What is known of the partner while there is a link.
    presence: 'here' | 'typing' | 'away' | 'gone';
    actions: ReactNode;
    foot: ReactNode;
};

export function Room({ conversation, presence, actions, foot, act, open, texts }: Props) {
    const { chat, link } = conversation;
    const unknown = { up: presence, opening: 'returning', lost: 'unknown', offline: 'unknown' } as const;
    const known = presence === 'gone' ? presence : unknown[link];
    return (
        <main className="room">
            <header className={`room-head partner-${known}`}>
                <Person />
                <div className="room-who">
                    <Heading>{texts.chat.partner}</Heading>
                    <p>{texts.chat[known]}</p>
                </div>
                <div className="room-actions">{actions}</div>
            </header>
            {chat && (
                <Transcript
                    key={(chat.earlier[0] ?? chat).id}
                    chatId={chat.id}
                    earlier={chat.earlier}
                    messages={chat.messages}
                    interests={chat.interests}
                    typing={presence === 'typing'}
                    over={presence === 'gone'}
                    act={act}
                    open={open}
                    texts={texts}
                />
            )}
            <div className="room-foot">{foot}</div>
        </main>
    );
}
