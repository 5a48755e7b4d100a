// emoji_picker.tsx -- emoji to choose from, one group at a time or those that a word finds.

import '../styles/emoji.css';
import {
    useEffect, useMemo, useRef, useState, type KeyboardEvent, type MouseEvent,
} from 'react';
import type { Texts } from '../texts';

type Groups = [string, string][][];
type Props = { choose: (emoji: string) => void; texts: Texts };

// Each group's sign; the third has no emoji of its own.
const SIGNS = ['😀', '👋', '', '🐻', '🍎', '✈️', '⚽', '💡', '❤️', '🏁'];
const FOUND_MOST = 120;
const STEPS: Record<string, (columns: number) => number> = {
    ArrowRight: () => 1,
    ArrowLeft: () => -1,
    ArrowDown: (columns) => columns,
    ArrowUp: (columns) => -columns,
};

// Words to find them by there are in some languages only; the emoji are the same.
const loaders: Record<string, () => Promise<{ default: Groups }>> = {
    de: () => import('virtual:emoji/de'),
    en: () => import('virtual:emoji/en'),
};

function useGroups(language: string): Groups | null {
    const [groups, setGroups] = useState<Groups | null>(null);
    useEffect(() => {
        let current = true;
        const load = loaders[language] ?? loaders.en!;
        load().then(({ default: loaded }) => current && setGroups(loaded), () => {});
        return () => void (current = false);
    }, [language]);
    return groups;
}

function find(groups: Groups, words: string): string[] {
    const wanted = words.toLowerCase().split(/\s+/);
    return groups.flat()
        .filter(([, names]) => wanted.every((word) => names.includes(word)))
        .slice(0, FOUND_MOST)
        .map(([emoji]) => emoji);
}

export function EmojiPicker({ choose, texts }: Props) {
    const groups = useGroups(texts.language);
    const [group, setGroup] = useState(0);
    const [words, setWords] = useState('');
    const emoji = useMemo(() => {
        const shown = groups?.[group]?.map(([each]) => each) ?? [];
        return groups && words.trim() ? find(groups, words.trim()) : shown;
    }, [groups, group, words]);
    const canFind = Object.hasOwn(loaders, texts.language);

    return (
        <div className="picker" role="group" aria-label={texts.composer.emoji}>
            {canFind && (
                <input
                    type="search"
                    value={words}
                    placeholder={texts.emoji.search}
                    aria-label={texts.emoji.search}
                    enterKeyHint="search"
                    onChange={(event) => setWords(event.target.value)}
                    onKeyDown={(event) => event.key === 'Enter' && event.preventDefault()}
                />
            )}
            {words.trim() === '' && (
                <Groups group={group} choose={setGroup} names={texts.emoji.groups} />
            )}
            <Grid key={`${group} ${words}`} emoji={emoji} choose={choose} />
            {groups && emoji.length === 0 && <p role="status">{texts.emoji.none}</p>}
        </div>
    );
}

type GroupsProps = { group: number; choose: (group: number) => void; names: string[] };

function Groups({ group, choose, names }: GroupsProps) {
    return (
        <div className="picker-groups">
            {SIGNS.map((sign, i) =>
                sign === '' ? null : (
                    <button
                        key={sign}
                        type="button"
                        aria-label={names[i]}
                        title={names[i]}
                        aria-pressed={i === group}
                        onMouseDown={(event) => event.preventDefault()}
                        onClick={() => choose(i)}
                    >
                        {sign}
                    </button>
                ),
            )}
        </div>
    );
}

// One stop for the Tab key; the arrows go from one to the next.
function Grid({ emoji, choose }: { emoji: string[]; choose: Props['choose'] }) {
    const grid = useRef<HTMLDivElement>(null);
    const [at, setAt] = useState(0);

    function onKeyDown(event: KeyboardEvent) {
        const step = STEPS[event.key];
        if (!step) {
            return;
        }
        event.preventDefault();
        const { gridTemplateColumns, direction } = getComputedStyle(grid.current!);
        const turned = direction === 'rtl' && event.key.match(/Left|Right/) ? -1 : 1;
        const next = at + turned * step(gridTemplateColumns.split(' ').length);
        const chosen = Math.min(Math.max(next, 0), emoji.length - 1);
        setAt(chosen);
        (grid.current!.children[chosen] as HTMLElement | undefined)?.focus();
    }

    // A press must not take the focus, or the phone's keyboard comes and goes.
    const stay = (event: MouseEvent) => event.preventDefault();

    return (
        <div className="picker-grid" ref={grid} onKeyDown={onKeyDown} onMouseDown={stay}>
            {emoji.map((each, i) => (
                <button
                    key={each}
                    type="button"
                    tabIndex={i === at ? 0 : -1}
                    onClick={() => choose(each)}
                >
                    {each}
                </button>
            ))}
        </div>
    );
}
