// checks.ts -- whether what was read is what it should be.

export type Check<T> = (value: unknown) => value is T;
type Test = (value: unknown) => boolean;
type Tests<T> = { [K in keyof T]-?: Test };

const LATEST_MS = 8.64e15; // The last time that a Date can be.

export const isText = (value: unknown): value is string => typeof value === 'string';
export const isTime = (value: unknown) =>
    typeof value === 'number' && value >= 0 && value <= LATEST_MS;
export const isNumber = (value: unknown) => typeof value === 'number';
export const isNull = (value: unknown): value is null => value === null;
export const isMissing = (value: unknown) => value === undefined;
export const oneOf = (...values: readonly unknown[]) => (value: unknown) =>
    values.includes(value);
export const either = (...tests: readonly Test[]) => (value: unknown) =>
    tests.some((test) => test(value));
export const listOf = (most: number, test: Test) => (value: unknown) =>
    Array.isArray(value) && value.length <= most && value.every(test);

// An object whose fields all pass. What has no test is not looked at.
export function shaped<T>(tests: Tests<T>): Check<T> {
    return (value): value is T =>
        typeof value === 'object' &&
        value !== null &&
        Object.entries<Test>(tests).every(([name, test]) =>
            test((value as Record<string, unknown>)[name]),
        );
}
