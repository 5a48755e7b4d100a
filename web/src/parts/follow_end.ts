// follow_end.ts -- keeps a list at its end, unless the reader went back.

import { useCallback, useEffect, useLayoutEffect, useRef, useState, type RefObject } from 'react';
import type { VirtualizerHandle } from 'virtua';

// So near to the end, in pixels, counts as being there.
const NEAR_END = 60;
// A list that moves this long after the reader did moves by itself.
const MOVED_MS = 400;

type Lists = {
    log: RefObject<HTMLDivElement>; // What scrolls.
    list: RefObject<VirtualizerHandle>;
    length: number;
    written: string | null; // The last message, if the user wrote it.
};

export function useFollowEnd({ log, list, length, written }: Lists) {
    const atEnd = useRef(true);
    const movedAt = useRef(-Infinity);
    const top = useRef(0);
    const [latest, setLatest] = useState(true);

    const end = useRef(0);
    end.current = length - 1;

    const toEnd = useCallback(() => {
        list.current?.scrollToIndex(end.current, { align: 'end' });
    }, [list]);

    // Only a reader who moves upwards leaves the end: the end itself moves away with every new
    // message, and the list moves when it has measured what it had only guessed.
    const onScroll = useCallback(() => {
        const { scrollHeight, scrollTop, clientHeight } = log.current!;
        if (scrollHeight - scrollTop - clientHeight < NEAR_END) {
            atEnd.current = true;
        } else if (scrollTop < top.current && performance.now() - movedAt.current < MOVED_MS) {
            atEnd.current = false;
        }
        top.current = scrollTop;
        setLatest(atEnd.current);
    }, [log]);

    const onMove = useCallback(() => void (movedAt.current = performance.now()), []);

    // Whoever writes wants to see it.
    useLayoutEffect(() => {
        if (written !== null) {
            atEnd.current = true;
        }
    }, [written]);

    useLayoutEffect(() => {
        if (atEnd.current) {
            toEnd();
        }
    }, [length, written, toEnd]);

    // The phone's keyboard, a growing composer and what is measured late all move the end.
    useEffect(() => {
        const observer = new ResizeObserver(() => atEnd.current && toEnd());
        observer.observe(log.current!);
        observer.observe(log.current!.firstElementChild!);
        return () => observer.disconnect();
    }, [log, toEnd]);

    const moves = {
        onScroll, onWheel: onMove, onTouchMove: onMove, onPointerDown: onMove, onKeyDown: onMove,
    };
    return { latest, toEnd, moves };
}
