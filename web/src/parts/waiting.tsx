// waiting.tsx -- the shared look of connecting and searching.

import { spanText } from '../texts';
import type { ViewProps } from '../views/view';
import { Heading } from './heading';
import { TwoBubbles } from './icons';
import { Online } from './online';
import { RefusalNotice } from './refusal_notice';

type Props = ViewProps & { heading: string; lead: string };

export function Waiting({ heading, lead, conversation, act, texts }: Props) {
    const { now, since } = conversation;
    return (
        <main className="stage">
            <div className="stage-body">
                <div className="pulse">
                    <TwoBubbles />
                </div>
                <Heading>{heading}</Heading>
                <p className="waited" role="timer" aria-label={texts.searching.waited}>
                    {spanText(now - since)}
                </p>
                <p className="lead" role="status">
                    {lead}
                </p>
                <RefusalNotice refusal={conversation.refusal} now={now} texts={texts} />
                <button
                    type="button"
                    className="button large"
                    onClick={() => act({ type: 'ended' })}
                >
                    {texts.buttons.cancel}
                </button>
                <Online count={conversation.online} texts={texts} />
            </div>
        </main>
    );
}
