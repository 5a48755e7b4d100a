// elsewhere.tsx -- another tab has taken over; this one does not fight for the chat.

import { Heading } from '../parts/heading';
import { TwoBubbles } from '../parts/icons';
import type { ViewProps } from './view';

export function elsewhere({ act, texts }: ViewProps) {
    return (
        <main className="stage">
            <div className="stage-body">
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
            </div>
        </main>
    );
}
