// icons.tsx -- the page's drawings. They decorate; what they mean is said in text beside them.

function icon(path: string, className = 'icon') {
    return function Icon() {
        return (
            <svg
                className={className}
                viewBox="0 0 24 24"
                aria-hidden="true"
                focusable="false"
            >
                <path
                    d={path}
                    fill="none"
                    stroke="currentColor"
                    strokeWidth="2"
                    strokeLinecap="round"
                    strokeLinejoin="round"
                />
            </svg>
        );
    };
}

export const Check = icon('M5 13l4.5 4.5L19 7.5');
export const Clock = icon('M12 4a8 8 0 1 0 0 16a8 8 0 1 0 0-16M12 8v4l2.5 2');
export const Alert = icon('M12 4a8 8 0 1 0 0 16a8 8 0 1 0 0-16M12 8v5M12 16v.1');
export const ArrowUp = icon('M12 19V5M6 11l6-6l6 6');
export const ArrowDown = icon('M12 5v14M6 13l6 6l6-6');
export const Cross = icon('M7 7l10 10M17 7L7 17');
export const Unfold = icon('M7 10l5 5l5-5');
export const Undo = icon('M9 6L4.5 10.5L9 15M5 10.5h9a5 5 0 0 1 0 10h-3');
export const Ban = icon('M12 4a8 8 0 1 0 0 16a8 8 0 1 0 0-16M6.4 6.4l11.2 11.2');
export const Person = icon(
    'M12 5a3.6 3.6 0 1 0 0 7.2a3.6 3.6 0 1 0 0-7.2M5 20c.6-3.6 3.4-5 7-5s6.4 1.4 7 5',
    'person',
);

export function TwoBubbles() {
    return (
        <svg
            className="two-bubbles"
            viewBox="0 0 120 88"
            aria-hidden="true"
            focusable="false"
        >
            <path
                className="ours"
                d="M20 8h46a14 14 0 0 1 14 14v18a14 14 0 0 1-14 14H38L22 67V54h-2A14 14 0 0 1 6 40V22A14 14 0 0 1 20 8z"
            />
            <path
                className="theirs"
                d="M88 30h12a14 14 0 0 1 14 14v14a14 14 0 0 1-14 14h-2v11L83 72H62a14 14 0 0 1-13-9h20a20 20 0 0 0 20-20z"
            />
            <circle className="dot" cx="28" cy="31" r="4" />
            <circle className="dot" cx="43" cy="31" r="4" />
            <circle className="dot" cx="58" cy="31" r="4" />
        </svg>
    );
}
