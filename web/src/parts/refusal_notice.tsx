// refusal_notice.tsx -- why the gateway said no, and for how long; or what it cannot do right now.

import type { Conversation } from '../conversation';
import { refusalText, type Texts } from '../texts';

// Nothing was refused: what the user wants happens later, by itself.
const DELAYS = ['no_matcher', 'no_relay'];

type Props = { refusal: Conversation['refusal']; now: number; texts: Texts };

export function RefusalNotice({ refusal, now, texts }: Props) {
    if (!refusal) {
        return null;
    }
    const seconds = Math.ceil((refusal.until - now) / 1000);
    const delayed = refusal.code !== undefined && DELAYS.includes(refusal.code);
    return (
        <p className={delayed ? 'notice' : 'notice bad'}>
            <span role="alert">{refusalText(texts, refusal)}</span>
            {refusal.retryAfter !== undefined && seconds > 0 && (
                <span className="wait">{texts.retryAfter(seconds)}</span>
            )}
        </p>
    );
}
