// connecting.tsx -- a search that waits for the gateway.

import { Waiting } from '../parts/waiting';
import type { ViewProps } from './view';

const SLOW_MS = 10_000;

export function connecting({ conversation, act, open, texts }: ViewProps) {
    const slow = conversation.now - conversation.since >= SLOW_MS;
    return (
        <Waiting
            heading={texts.connecting.heading}
            lead={slow ? texts.connecting.slow : texts.connecting.lead}
            conversation={conversation}
            act={act}
            open={open}
            texts={texts}
        />
    );
}
