// emoji.d.ts -- what emoji_data.ts makes.

declare module 'virtual:emoji/*' {
    // [sign, words to find it by] of each group; the names of the groups are in the texts.
    const groups: [string, string][][];
    export default groups;
}
