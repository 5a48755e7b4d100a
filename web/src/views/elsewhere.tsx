// elsewhere.tsx -- another tab has taken over; this one does not fight for the chat.

import { Heading } from '../parts/heading';
import { TwoBubbles } from '../parts/icons';
import { Stage } from '../parts/stage';
import type { ViewProps } from './view';

export function elsewhere({ act, open, texts }: ViewProps) {
    return (
        <Stage key="elsewhere" open={open} texts={texts}>
            <TwoBubbles />
            <div role="status">
                <Heading>{texts.elsewhere.heading}</Heading>
            </div>
            <p className="lead">{texts.elsewhere.lead}</p>
            <button
                type="button"
                className="button large"
                onClick={() => act({ type: 'searched' })}
            >
                {texts.buttons.here}
            </button>
        </Stage>
    );
}
