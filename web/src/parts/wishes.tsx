// wishes.tsx -- what the user wishes its partner to share: interests as chips, and a language.

import {
    useId,
    useRef,
    type ChangeEvent,
    type CompositionEvent,
    type KeyboardEvent,
    type MouseEvent,
} from 'react';
import type { ViewProps } from '../views/view';
import { LANGUAGES, faultOf } from '../wish';
import { IN_COMPOSITION } from './composer';
import { Cross, Unfold } from './icons';

// `slim`: where there is less room, the labels are only heard.
type Props = Pick<ViewProps, 'conversation' | 'act' | 'texts'> & { slim?: boolean };

export function Wishes({ conversation, slim, act, texts }: Props) {
    return (
        <div
            className={slim ? 'wishes slim' : 'wishes'}
            role="group"
            aria-label={texts.wish.group}
        >
            <Interests conversation={conversation} slim={slim} act={act} texts={texts} />
            <Language conversation={conversation} slim={slim} act={act} texts={texts} />
        </div>
    );
}

function Interests({ conversation, slim, act, texts }: Props) {
    const { wish, interest } = conversation;
    const fault = faultOf(wish, interest);
    const box = useRef<HTMLInputElement>(null);
    const id = useId();
    const hint = useId();
    const first = slim ? texts.wish.first : texts.wish.placeholder;
    const unseen = slim ? 'unseen' : undefined;

    function onChange(event: ChangeEvent<HTMLInputElement>) {
        const { isComposing } = event.nativeEvent as InputEvent;
        const composing = isComposing === true;
        act({ type: 'interest_typed', text: event.target.value, composing });
    }

    function onCompositionEnd(event: CompositionEvent<HTMLInputElement>) {
        const text = event.currentTarget.value;
        act({ type: 'interest_typed', text, composing: false });
    }

    function onKeyDown(event: KeyboardEvent) {
        if (event.nativeEvent.isComposing || event.keyCode === IN_COMPOSITION) {
            return;
        }
        const last = wish.interests[wish.interests.length - 1];
        if (event.key === 'Enter') {
            event.preventDefault();
            act({ type: 'interest_added' });
        } else if (event.key === 'Backspace' && interest === '' && last !== undefined) {
            event.preventDefault();
            act({ type: 'interest_removed', interest: last });
        }
    }

    // Whoever removes one by the keyboard goes on in the box.
    function onRemove(event: MouseEvent, removed: string) {
        act({ type: 'interest_removed', interest: removed });
        if (event.detail === 0) {
            box.current?.focus();
        }
    }

    return (
        <div className="field">
            <label htmlFor={id} className={unseen}>
                {texts.wish.interests}
            </label>
            <div className={`interests${fault ? ' bad' : ''}`}>
                <ul className="chips" aria-live="polite">
                    {wish.interests.map((each) => (
                        <li key={each}>
                            <button
                                type="button"
                                className="chip"
                                aria-label={texts.wish.remove(each)}
                                onClick={(event) => onRemove(event, each)}
                            >
                                <bdi>{each}</bdi>
                                <Cross />
                            </button>
                        </li>
                    ))}
                </ul>
                <input
                    ref={box}
                    id={id}
                    type="text"
                    dir={interest === '' ? undefined : 'auto'}
                    value={interest}
                    placeholder={wish.interests.length > 0 ? texts.wish.more : first}
                    aria-describedby={hint}
                    aria-invalid={fault !== null}
                    autoComplete="off"
                    autoCapitalize="off"
                    enterKeyHint="done"
                    onChange={onChange}
                    onCompositionEnd={onCompositionEnd}
                    onKeyDown={onKeyDown}
                    onBlur={() => act({ type: 'interest_added' })}
                />
            </div>
            <p className={fault ? 'hint bad' : `hint ${unseen ?? ''}`} id={hint}>
                {fault ? (
                    <span role="alert">{texts.wish.faults[fault]}</span>
                ) : (
                    texts.wish.hint
                )}
            </p>
        </div>
    );
}

function Language({ conversation, slim, act, texts }: Props) {
    const id = useId();
    return (
        <div className="field">
            <label htmlFor={id} className={slim ? 'unseen' : undefined}>
                {texts.wish.language}
            </label>
            <div className="select">
                <select
                    id={id}
                    value={conversation.wish.language}
                    onChange={(event) =>
                        act({ type: 'language_chosen', language: event.target.value })
                    }
                >
                    <option value="">{texts.wish.any}</option>
                    {LANGUAGES.map(({ tag, name }) => (
                        <option key={tag} value={tag} lang={tag}>
                            {name}
                        </option>
                    ))}
                </select>
                <Unfold />
            </div>
        </div>
    );
}
