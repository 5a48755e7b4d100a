// leave_buttons.tsx -- the ways out of a chat.

import type { ViewProps } from '../views/view';
import { BlockButton } from './block';

export function LeaveButtons({ conversation: { chat }, act, texts }: ViewProps) {
    return (
        <>
            {chat && <BlockButton chat={chat} act={act} texts={texts} />}
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
