// transcript.tsx -- what was said, scrolled to the end unless the reader went back. Only what can be
// seen is drawn.

import { memo, useCallback, useMemo, useRef, useState, type FocusEvent } from 'react';
import { Virtualizer, type VirtualizerHandle } from 'virtua';
import type { Message, Past } from '../conversation';
import type { ViewProps } from '../views/view';
import { Bubble } from './bubble';
import { useFollowEnd } from './follow_end';
import { ArrowDown } from './icons';
import { rowsOf, type Row } from './rows';

// What is drawn beyond what is seen, in pixels: fast fingers meet no empty ground.
const BEYOND = 800;
// So many of the last rows are always drawn.
const LATEST = 40;

type Props = Pick<ViewProps, 'act' | 'open' | 'texts'> & {
    chatId: string;
    earlier: readonly Past[];
    messages: readonly Message[];
    interests: readonly string[];
    typing: boolean;
    over: boolean;
};

export const Transcript = memo(function Transcript(props: Props) {
    const { chatId, earlier, messages, typing, texts } = props;
    const log = useRef<HTMLDivElement>(null);
    const list = useRef<VirtualizerHandle>(null);
    const rows = useMemo(
        () => rowsOf(earlier, { id: chatId, messages }, typing),
        [earlier, chatId, messages, typing],
    );
    const [kept, keep] = useKeptRows(rows.length);
    const last = messages[messages.length - 1];
    const { latest, toEnd, moves } = useFollowEnd({
        log,
        list,
        length: rows.length,
        written: last?.from === 'user' ? last.id : null,
    });

    return (
        <div className="transcript">
            <div
                className="log"
                ref={log}
                role="log"
                aria-label={texts.chat.log}
                // Who reads back hears nothing old again.
                aria-live={latest ? 'polite' : 'off'}
                tabIndex={0}
                {...moves}
                {...keep}
            >
                <Virtualizer
                    ref={list}
                    as="ol"
                    item="li"
                    data={rows}
                    bufferSize={BEYOND}
                    keepMounted={kept}
                >
                    {(row, i) => (
                        <div key={row.key} className="row" data-row={i}>
                            <RowContent
                                row={row}
                                fresh={latest && i === rows.length - 1 && i > 1}
                                {...props}
                            />
                        </div>
                    )}
                </Virtualizer>
            </div>
            {!latest && (
                <button
                    type="button"
                    className="to-end"
                    aria-label={texts.chat.latest}
                    onClick={() => {
                        toEnd();
                        log.current?.focus();
                    }}
                >
                    <ArrowDown />
                </button>
            )}
        </div>
    );
});

// The latest are there from the first moment on. What has the focus stays, however far away it is
// scrolled.
function useKeptRows(length: number) {
    const [focused, setFocused] = useState<number | null>(null);
    const onFocus = useCallback((event: FocusEvent) => {
        const row = event.target.closest<HTMLElement>('[data-row]')?.dataset.row;
        setFocused(row === undefined ? null : Number(row));
    }, []);
    const kept = useMemo(() => {
        const first = Math.max(0, length - LATEST);
        const latest = Array.from({ length: length - first }, (_, i) => first + i);
        return focused !== null && focused < first ? [focused, ...latest] : latest;
    }, [length, focused]);
    return [kept, { onFocus }] as const;
}

function RowContent({ row, fresh, ...rest }: Props & { row: Row; fresh: boolean }) {
    const { interests, over, act, open, texts } = rest;
    switch (row.kind) {
        case 'hello':
            return <Hello interests={interests} texts={texts} />;
        case 'again':
            return <p className="again">{texts.chat.again}</p>;
        case 'typing':
            return (
                <div className="typing" aria-hidden="true">
                    <span />
                    <span />
                    <span />
                </div>
            );
        case 'message':
            return (
                <Bubble
                    message={row.message}
                    grouped={row.grouped}
                    fresh={fresh}
                    last={row.last}
                    canRetry={!row.past && !over}
                    act={act}
                    open={open}
                    texts={texts}
                />
            );
    }
}

function Hello({ interests, texts }: Pick<Props, 'interests' | 'texts'>) {
    return (
        <div className="hello">
            <p>{texts.chat.hello}</p>
            {interests.length > 0 && (
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
            )}
        </div>
    );
}
