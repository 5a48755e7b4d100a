// leave_buttons.tsx -- the two ways out of a chat.

import type { ViewProps } from '../views/view';

export function LeaveButtons({ act, texts }: Pick<ViewProps, 'act' | 'texts'>) {
    return (
        <>
            <button
                type="button"
                className="button small"
                onClick={() => act({ type: 'skipped' })}
            >
                {texts.buttons.skip}
            </button>
            <button
                type="button"
                className="button small danger"
                onClick={() => act({ type: 'ended' })}
            >
                {texts.buttons.end}
            </button>
        </>
    );
}
