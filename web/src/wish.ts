// wish.ts -- what the user wishes its partner to share: interests and a language. Pure.
//
// The limits are the gateway's. It compares interests more thoroughly, and counts what is the
// same to it once; here they are only kept from being shown twice.

export type Wish = {
    interests: readonly string[];
    language: string; // A primary subtag of BCP 47; empty: any.
};

export const ANYBODY: Wish = { interests: [], language: '' };

export const INTERESTS_MOST = 10;
// Length of an interest in UTF-16 units.
export const INTEREST_MAX = 32;

// The languages to choose from, each by its own name: those that most people use on the web.
export const LANGUAGES: readonly { tag: string; name: string }[] = [
    { tag: 'ar', name: 'العربية' },
    { tag: 'de', name: 'Deutsch' },
    { tag: 'en', name: 'English' },
    { tag: 'es', name: 'Español' },
    { tag: 'fa', name: 'فارسی' },
    { tag: 'fr', name: 'Français' },
    { tag: 'hi', name: 'हिन्दी' },
    { tag: 'id', name: 'Bahasa Indonesia' },
    { tag: 'it', name: 'Italiano' },
    { tag: 'ja', name: '日本語' },
    { tag: 'ko', name: '한국어' },
    { tag: 'nl', name: 'Nederlands' },
    { tag: 'pl', name: 'Polski' },
    { tag: 'pt', name: 'Português' },
    { tag: 'ru', name: 'Русский' },
    { tag: 'th', name: 'ไทย' },
    { tag: 'tr', name: 'Türkçe' },
    { tag: 'uk', name: 'Українська' },
    { tag: 'vi', name: 'Tiếng Việt' },
    { tag: 'zh', name: '中文' },
];

// Why what is typed cannot be added.
export type Fault = 'too_long' | 'too_many';

// The commas of the keyboards in use.
const COMMA = /[,，、،]/u;
const BLANK = /[\s\p{Cc}]+/gu;
// A character that leaves a mark; the gateway's rule for whatever people write.
const MARK = /[^\s\u2800\p{Cc}\p{Cf}\p{Z}\p{Default_Ignorable_Code_Point}]/u;

// What would be added of a text: empty if nothing.
export function interestOf(text: string): string {
    const squeezed = text.replace(BLANK, ' ').trim();
    return MARK.test(squeezed) ? squeezed : '';
}

const folded = (interest: string) => interest.normalize('NFKC').toLowerCase();

function has(wish: Wish, interest: string): boolean {
    return wish.interests.some((other) => folded(other) === folded(interest));
}

export function faultOf(wish: Wish, text: string): Fault | null {
    const interest = interestOf(text);
    if (interest.length > INTEREST_MAX) {
        return 'too_long';
    }
    const full = wish.interests.length >= INTERESTS_MOST;
    return full && interest !== '' && !has(wish, interest) ? 'too_many' : null;
}

// What cannot be added, is blank, or is there already changes nothing.
export function addInterest(wish: Wish, text: string): Wish {
    const interest = interestOf(text);
    return interest === '' || faultOf(wish, text) || has(wish, interest)
        ? wish
        : { ...wish, interests: [...wish.interests, interest] };
}

export function removeInterest(wish: Wish, interest: string): Wish {
    return { ...wish, interests: wish.interests.filter((other) => other !== interest) };
}

// Adds what stands before a comma. Gives back what stays to be typed: what comes after the last
// comma, and before it whatever cannot be added.
export function splitInterests(wish: Wish, text: string): { wish: Wish; rest: string } {
    const parts = text.split(COMMA);
    const last = parts.pop() ?? '';
    const kept: string[] = [];
    let grown = wish;
    for (const part of parts) {
        if (faultOf(grown, part)) {
            kept.push(part);
        }
        grown = addInterest(grown, part);
    }
    return { wish: grown, rest: [...kept, last].join(',') };
}

// Whether a value is a wish that could have been made here.
export function isWish(value: unknown): value is Wish {
    const { interests, language } = (value ?? {}) as Partial<Record<keyof Wish, unknown>>;
    return (
        Array.isArray(interests) &&
        (language === '' || LANGUAGES.some(({ tag }) => tag === language)) &&
        interests.every((interest) => typeof interest === 'string') &&
        isSame(interests.reduce(addInterest, ANYBODY).interests, interests)
    );
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
    return one.length === other.length && one.every((text, i) => text === other[i]);
}
