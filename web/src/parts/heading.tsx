// heading.tsx -- a heading that catches the focus.

import { useEffect, useRef } from 'react';

// When the focused element went away with the last view, the focus goes to the new view's
// heading: a screen reader reads it, and the keyboard goes on from there.
export function Heading({ level = 1, children }: { level?: 1 | 2; children: string }) {
    const ref = useRef<HTMLHeadingElement>(null);
    useEffect(() => {
        if (document.activeElement === document.body) {
            ref.current?.focus({ preventScroll: true });
        }
    }, []);
    const Tag = level === 1 ? 'h1' : 'h2';
    return (
        <Tag ref={ref} tabIndex={-1}>
            {children}
        </Tag>
    );
}
