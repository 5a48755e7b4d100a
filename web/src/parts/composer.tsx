// composer.tsx -- where a message is written.

import {
    lazy, Suspense, useEffect, useId, useLayoutEffect, useRef, useState, type KeyboardEvent,
    type RefObject,
} from 'react';
import { TEXT_MAX, canSend, textOf } from '../conversation';
import type { ViewProps } from '../views/view';
import { ArrowUp, Smile } from './icons';
import { RefusalNotice } from './refusal_notice';

// An input method takes Enter to choose a word. Some browsers end the composition before they
// report that key, and then only its code tells.
export const IN_COMPOSITION = 229;

// Fetched when it is wanted.
const EmojiPicker = lazy(async () => ({
    default: (await import('./emoji_picker')).EmojiPicker,
}));

const hasMouse = () => window.matchMedia('(hover: hover) and (pointer: fine)').matches;

type Props = Pick<ViewProps, 'conversation' | 'act' | 'texts'>;

export function Composer({ conversation, act, texts }: Props) {
    const { draft, refusal, now } = conversation;
    const box = useRef<HTMLTextAreaElement>(null);
    const smile = useRef<HTMLButtonElement>(null);
    const [picking, pick] = useState(false);
    const counter = useId();
    const length = textOf(draft).length;

    // With a mouse the caret can wait in the box; on a phone that would raise the keyboard.
    useEffect(() => {
        if (hasMouse()) {
            box.current?.focus();
        }
    }, []);

    useLayoutEffect(() => {
        const { style } = box.current!;
        style.height = 'auto';
        style.height = `${box.current!.scrollHeight}px`;
    }, [draft]);

    function send() {
        act({ type: 'wrote' });
        box.current?.focus();
    }

    // Where the caret is; it stands behind it then.
    function insert(emoji: string) {
        const { selectionStart, selectionEnd, value } = box.current!;
        const text = value.slice(0, selectionStart) + emoji + value.slice(selectionEnd);
        act({ type: 'typed', text });
        const caret = selectionStart + emoji.length;
        requestAnimationFrame(() => box.current?.setSelectionRange(caret, caret));
    }

    function putAway() {
        pick(false);
        (hasMouse() ? box : smile).current?.focus();
    }

    function onKeyDown(event: KeyboardEvent) {
        if (event.key !== 'Enter' || event.shiftKey) {
            return;
        }
        if (event.nativeEvent.isComposing || event.keyCode === IN_COMPOSITION) {
            return;
        }
        event.preventDefault();
        send();
    }

    return (
        <form
            className="composer"
            onKeyDown={(event) => {
                if (event.key === 'Escape' && picking) {
                    event.preventDefault();
                    putAway();
                }
            }}
            onSubmit={(event) => {
                event.preventDefault();
                send();
            }}
        >
            <RefusalNotice refusal={refusal} now={now} texts={texts} />
            <Suspense fallback={null}>
                {picking && <EmojiPicker choose={insert} texts={texts} />}
            </Suspense>
            <div className="composer-row">
                <SmileButton
                    button={smile}
                    picking={picking}
                    label={texts.composer.emoji}
                    press={() => (picking ? putAway() : pick(true))}
                />
                <textarea
                    ref={box}
                    rows={1}
                    dir={draft === '' ? undefined : 'auto'}
                    value={draft}
                    placeholder={texts.composer.placeholder}
                    aria-label={texts.composer.label}
                    aria-describedby={counter}
                    aria-invalid={length > TEXT_MAX}
                    autoComplete="off"
                    enterKeyHint="send"
                    onChange={(event) => act({ type: 'typed', text: event.target.value })}
                    onKeyDown={onKeyDown}
                />
                <button
                    type="submit"
                    className="send"
                    aria-label={texts.buttons.send}
                    disabled={!canSend(draft)}
                    // A press must not take the focus, or the phone's keyboard goes down.
                    onMouseDown={(event) => event.preventDefault()}
                >
                    <ArrowUp />
                </button>
            </div>
            <Counter id={counter} length={length} texts={texts} />
        </form>
    );
}

type SmileProps = {
    button: RefObject<HTMLButtonElement>;
    picking: boolean;
    label: string;
    press: () => void;
};

function SmileButton({ button, picking, label, press }: SmileProps) {
    return (
        <button
            ref={button}
            type="button"
            className="smile"
            aria-label={label}
            title={label}
            aria-expanded={picking}
            onMouseDown={(event) => event.preventDefault()}
            onClick={press}
        >
            <Smile />
        </button>
    );
}

type CounterProps = Pick<Props, 'texts'> & { id: string; length: number };

// Counts as the gateway does.
function Counter({ id, length, texts }: CounterProps) {
    const over = length - TEXT_MAX;
    return (
        <p className={`counter${over > 0 ? ' over' : ''}`} id={id}>
            {over > 0 && <span role="alert">{texts.composer.tooLong(over)}</span>}
            {length > 0 && (
                <>
                    <span aria-hidden="true">{`${length}/${TEXT_MAX}`}</span>
                    <span className="unseen">{texts.composer.count(length, TEXT_MAX)}</span>
                </>
            )}
        </p>
    );
}
