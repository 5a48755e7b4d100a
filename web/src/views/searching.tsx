// searching.tsx -- the gateway looks for a partner.

import { Waiting } from '../parts/waiting';
import type { ViewProps } from './view';

const SLOW_MS = 15_000;

export function searching({ conversation, act, texts }: ViewProps) {
    const slow = conversation.now - conversation.since >= SLOW_MS;
    return (
        <Waiting
            heading={texts.searching.heading}
            lead={slow ? texts.searching.slow : texts.searching.lead}
            conversation={conversation}
            act={act}
            texts={texts}
        />
    );
}
