// sheet.tsx -- a dialog: from below on a phone, in the middle on a desk. The browser keeps the focus
// in it, closes it at Escape, and gives the focus back.

import { useEffect, useId, useRef, type MouseEvent, type ReactNode } from 'react';
import { Cross } from '../parts/icons';
import type { ViewProps } from '../views/view';

type Props = Pick<ViewProps, 'open' | 'texts'> & { heading: string; children: ReactNode };

export function Sheet({ heading, open, texts, children }: Props) {
    const dialog = useRef<HTMLDialogElement>(null);
    const id = useId();
    const close = () => dialog.current?.close();

    useEffect(() => {
        const shown = dialog.current!;
        shown.showModal();
        return () => shown.close();
    }, []);

    // What lies around it is the dialog's own ground.
    function onClick(event: MouseEvent) {
        if (event.target === dialog.current) {
            close();
        }
    }

    return (
        <dialog
            ref={dialog}
            className="sheet"
            aria-labelledby={id}
            onClick={onClick}
            onClose={() => open(null)}
        >
            <div className="sheet-body">
                <div className="sheet-head">
                    <h2 id={id} tabIndex={-1} autoFocus>
                        {heading}
                    </h2>
                    <button
                        type="button"
                        className="button small round bare"
                        aria-label={texts.settings.close}
                        onClick={close}
                    >
                        <Cross />
                    </button>
                </div>
                {children}
            </div>
        </dialog>
    );
}
