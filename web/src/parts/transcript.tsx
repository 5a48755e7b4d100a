// transcript.tsx -- what was said, scrolled to the end unless the reader went back.

import { memo, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { Message, Past } from '../conversation';
import type { ViewProps } from '../views/view';
import { Bubble } from './bubble';
import { ArrowDown } from './icons';

// Messages of one person that follow each other this closely belong together.
const GROUP_MS = 60_000;
// So near to the end, in pixels, counts as being there.
const NEAR_END = 60;

function isGrouped(message: Message | undefined, earlier: Message | undefined): boolean {
    return (
        message !== undefined &&
        earlier !== undefined &&
        message.from === earlier.from &&
        message.at - earlier.at < GROUP_MS
    );
}

type Props = Pick<ViewProps, 'act' | 'texts'> & {
    chatId: string;
    earlier: readonly Past[];
    messages: readonly Message[];
    interests: readonly string[];
    typing: boolean;
    over: boolean;
};

export const Transcript = memo(function Transcript({
    chatId,
    earlier,
    messages,
    interests,
    typing,
    over,
    act,
    texts,
}: Props) {
    const log = useRef<HTMLDivElement>(null);
    const list = useRef<HTMLOListElement>(null);
    const atEnd = useRef(true);
    const top = useRef(0);
    const [latest, setLatest] = useState(true);

    const toEnd = () => log.current?.scrollTo({ top: log.current.scrollHeight });

    // Only who moves upwards leaves the end: the end itself moves away with every new message,
    // and a scroll event from before may be heard after that.
    const follow = () => {
        const { scrollHeight, scrollTop, clientHeight } = log.current!;
        if (scrollHeight - scrollTop - clientHeight < NEAR_END) {
            atEnd.current = true;
        } else if (scrollTop < top.current) {
            atEnd.current = false;
        }
        top.current = scrollTop;
        setLatest(atEnd.current);
    };

    // Whoever writes wants to see it.
    const last = messages[messages.length - 1];
    const written = last?.from === 'user' ? last.id : null;
    useLayoutEffect(() => {
        if (written !== null) {
            atEnd.current = true;
            toEnd();
        }
    }, [written]);

    // New messages, the phone's keyboard and a growing composer all move the end.
    useEffect(() => {
        const observer = new ResizeObserver(() => atEnd.current && toEnd());
        observer.observe(log.current!);
        observer.observe(list.current!);
        return () => observer.disconnect();
    }, []);

    const bubbles = (chat: string, said: readonly Message[], canRetry: boolean) =>
        said.map((message, i) => (
            <Bubble
                key={`${chat} ${message.from} ${message.id}`}
                message={message}
                grouped={isGrouped(message, said[i - 1])}
                last={!isGrouped(said[i + 1], message)}
                canRetry={canRetry}
                act={act}
                texts={texts}
            />
        ));

    return (
        <div className="transcript">
            <div
                className="log"
                ref={log}
                onScroll={follow}
                role="log"
                aria-label={texts.chat.log}
                tabIndex={0}
            >
                <div className="hello">
                    <p>{texts.chat.hello}</p>
                    {interests.length > 0 && <Shared interests={interests} texts={texts} />}
                </div>
                <ol ref={list}>
                    {earlier.flatMap(({ id, messages: said }) => [
                        ...bubbles(id, said, false),
                        <li className="again" key={`again ${id}`}>
                            <p>{texts.chat.again}</p>
                        </li>,
                    ])}
                    {bubbles(chatId, messages, !over)}
                    {typing && (
                        <li className="typing" aria-hidden="true">
                            <span />
                            <span />
                            <span />
                        </li>
                    )}
                </ol>
            </div>
            {!latest && (
                <button
                    type="button"
                    className="to-end"
                    aria-label={texts.chat.latest}
                    onClick={toEnd}
                >
                    <ArrowDown />
                </button>
            )}
        </div>
    );
});

function Shared({ interests, texts }: Pick<Props, 'interests' | 'texts'>) {
    return (
        <div className="shared">
            <p>{texts.chat.shared}</p>
            <ul className="chips">
                {interests.map((interest) => (
                    <li className="chip" key={interest}>
                        <bdi>{interest}</bdi>
                    </li>
                ))}
            </ul>
        </div>
    );
}
