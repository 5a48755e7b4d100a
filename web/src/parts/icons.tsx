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
export const Dots = icon('M5.5 12v.1M12 12v.1M18.5 12v.1', 'icon heavy');
export const Gear = icon(
    'M4 8h7.5M16.5 8H20M14 5.5a2.5 2.5 0 1 0 0 5a2.5 2.5 0 1 0 0-5M4 16h3.5M12.5 16H20M10 13.5a2.5 2.5 0 1 0 0 5a2.5 2.5 0 1 0 0-5',
);
export const Smile = icon(
    'M12 4a8 8 0 1 0 0 16a8 8 0 1 0 0-16M9.3 10v.1M14.7 10v.1M8.6 14c1.7 2.6 5.1 2.6 6.8 0',
);
export const Keyboard = icon(
    'M5 7h14a1.5 1.5 0 0 1 1.5 1.5v7A1.5 1.5 0 0 1 19 17H5a1.5 1.5 0 0 1-1.5-1.5v-7A1.5 1.5 0 0 1 5 7M9 14h6M7.5 10.5v.1M11 10.5v.1M14 10.5v.1M17 10.5v.1',
);
export const Shield = icon('M12 4l7 2.5v5c0 4.2-2.8 7-7 8.5c-4.2-1.5-7-4.3-7-8.5v-5z');
export const Lock = icon('M7 11h10a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1H7a1 1 0 0 1-1-1v-6a1 1 0 0 1 1-1M8.5 11V8.5a3.5 3.5 0 0 1 7 0V11');
export const Heart = icon('M12 19.5C5 15 3.8 11.6 3.8 9.3A4.2 4.2 0 0 1 12 7.6a4.2 4.2 0 0 1 8.2 1.7c0 2.3-1.2 5.7-8.2 10.2z');
export const TwoPeople = icon(
    'M8.5 6a2.7 2.7 0 1 0 0 5.4a2.7 2.7 0 1 0 0-5.4M3 18.5c.4-2.8 2.5-4 5.5-4s5.1 1.2 5.5 4M16 6.5a2.4 2.4 0 0 1 0 4.7M17.5 14.7c2 .4 3.2 1.6 3.5 3.8',
);
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
