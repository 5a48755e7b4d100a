// heading.tsx -- a heading that catches the focus.

import { useEffect, useRef } from 'react';

type Props = {
    level?: 1 | 2;
    // When this changes, something that had the focus may have gone.
    gone?: unknown;
    children: string;
};

// When the focused element went away, with the last view or by itself, the focus goes to the
// view's heading: a screen reader reads it, and the keyboard goes on from there.
export function Heading({ level = 1, gone, children }: Props) {
    const ref = useRef<HTMLHeadingElement>(null);
    useEffect(() => {
        if (document.activeElement === document.body) {
            ref.current?.focus({ preventScroll: true });
        }
    }, [gone]);
    const Tag = level === 1 ? 'h1' : 'h2';
    return (
        <Tag ref={ref} tabIndex={-1}>
            {children}
        </Tag>
    );
}
