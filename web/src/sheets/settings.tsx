// settings.tsx -- how the user wants the page.

import { useId, useState, type ReactNode } from 'react';
import { mayNotify, ring } from '../attention';
import { Unfold } from '../parts/icons';
import type { Theme } from '../preferences';
import { LANGUAGES_OF_PAGE } from '../texts';
import type { ViewProps } from '../views/view';
import { Sheet } from './sheet';

type Props = Pick<ViewProps, 'preferences' | 'prefer' | 'open' | 'texts'>;

const THEMES: readonly Theme[] = ['system', 'light', 'dark'];

export function Settings({ preferences, prefer, open, texts }: Props) {
    const [forbidden, setForbidden] = useState(false);
    const { settings } = texts;

    async function chooseNotify(on: boolean) {
        const may = on && (await mayNotify());
        setForbidden(on && !may);
        prefer({ notify: may });
    }

    function chooseSound(on: boolean) {
        prefer({ sound: on });
        if (on) {
            ring();
        }
    }

    return (
        <Sheet heading={settings.heading} open={open} texts={texts}>
            <Language preferences={preferences} prefer={prefer} texts={texts} />
            <Appearance preferences={preferences} prefer={prefer} texts={texts} />
            <Switch on={preferences.auto} choose={(auto) => prefer({ auto })}>
                {settings.auto}
                <small>{settings.autoHint}</small>
            </Switch>
            <fieldset className="setting">
                <legend>{settings.hidden}</legend>
                <Switch on={preferences.sound} choose={chooseSound}>
                    {settings.sound}
                </Switch>
                <Switch on={preferences.notify} choose={(on) => void chooseNotify(on)}>
                    {settings.notify}
                </Switch>
                <p className="hint bad" role="status">
                    {forbidden && settings.forbidden}
                </p>
            </fieldset>
            <div className="sheet-links">
                <button type="button" onClick={() => open({ name: 'shortcuts' })}>
                    {texts.shortcuts.heading}
                </button>
                <button type="button" onClick={() => open({ name: 'privacy' })}>
                    {texts.privacy.heading}
                </button>
            </div>
        </Sheet>
    );
}

type Part = Pick<Props, 'preferences' | 'prefer' | 'texts'>;

function Language({ preferences, prefer, texts }: Part) {
    const id = useId();
    return (
        <div className="field">
            <label htmlFor={id}>{texts.settings.language}</label>
            <div className="select">
                <select
                    id={id}
                    value={preferences.language}
                    onChange={(event) => prefer({ language: event.target.value })}
                >
                    <option value="">{texts.settings.browser}</option>
                    {LANGUAGES_OF_PAGE.map(({ tag, name }) => (
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

function Appearance({ preferences, prefer, texts }: Part) {
    return (
        <fieldset className="setting">
            <legend>{texts.settings.theme}</legend>
            <div className="segments">
                {THEMES.map((theme) => (
                    <label key={theme}>
                        <input
                            type="radio"
                            name="theme"
                            checked={preferences.theme === theme}
                            onChange={() => prefer({ theme })}
                        />
                        <span>{texts.settings.themes[theme]}</span>
                    </label>
                ))}
            </div>
        </fieldset>
    );
}

type SwitchProps = { on: boolean; choose: (on: boolean) => void; children: ReactNode };

function Switch({ on, choose, children }: SwitchProps) {
    return (
        <label className="switch">
            <span>{children}</span>
            <input
                type="checkbox"
                role="switch"
                checked={on}
                onChange={(event) => choose(event.target.checked)}
            />
        </label>
    );
}
