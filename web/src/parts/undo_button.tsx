// undo_button.tsx -- the way back to the partner who was just skipped, while there is one.

import type { ViewProps } from '../views/view';
import { Undo } from './icons';

type Props = Pick<ViewProps, 'act' | 'texts'> & { leftMs: number };

export function UndoButton({ leftMs, act, texts }: Props) {
    if (leftMs <= 0) {
        return null;
    }
    return (
        <button
            type="button"
            className="button primary large undo"
            onClick={() => act({ type: 'undid' })}
        >
            <Undo />
            {texts.searching.undo}
            <span className="undo-left" aria-hidden="true">
                {texts.searching.undoFor(Math.ceil(leftMs / 1000))}
            </span>
        </button>
    );
}
