// leave_buttons.tsx -- the ways out of a chat. A skip can be undone; an end takes two presses.

import type { ViewProps } from '../views/view';
import { Menu } from './menu';

type Props = Pick<ViewProps, 'conversation' | 'act' | 'open' | 'texts'>;

export function LeaveButtons({ conversation, act, open, texts }: Props) {
    const armed = conversation.armed?.to === 'end';
    return (
        <>
            <Menu conversation={conversation} act={act} open={open} texts={texts} />
            <button
                type="button"
                className="button small"
                onClick={() => act({ type: 'skipped' })}
            >
                {texts.buttons.skip}
            </button>
            <button
                type="button"
                className={`button small danger${armed ? ' armed' : ''}`}
                onClick={() => act({ type: 'end_pressed' })}
            >
                {armed ? texts.buttons.endArmed : texts.buttons.end}
            </button>
        </>
    );
}
