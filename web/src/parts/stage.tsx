// stage.tsx -- the shared look of what is no chat: one thing in the middle, settings in a corner.

import type { ReactNode } from 'react';
import type { ViewProps } from '../views/view';
import { Gear } from './icons';

type Props = Pick<ViewProps, 'open' | 'texts'> & { foot?: ReactNode; children: ReactNode };

export function Stage({ open, foot, texts, children }: Props) {
    return (
        <main className="stage">
            <button
                type="button"
                className="button small round bare corner"
                aria-label={texts.settings.open}
                title={texts.settings.open}
                onClick={() => open({ name: 'settings' })}
            >
                <Gear />
            </button>
            <div className="stage-body">{children}</div>
            {foot}
        </main>
    );
}
