// viewport.ts -- the height that the phone's keyboard leaves.
//
// Some browsers lay the keyboard over the page and change only the visual viewport; the style
// sheet then takes the height from here instead of 100dvh.

export function followViewport(): void {
    const viewport = window.visualViewport;
    if (!viewport) {
        return;
    }
    const follow = () => {
        // Pinching in also makes the visual viewport small; that is no keyboard.
        const height = viewport.scale === 1 ? `${viewport.height}px` : '100dvh';
        document.documentElement.style.setProperty('--height', height);
        window.scrollTo(0, 0);
    };
    viewport.addEventListener('resize', follow);
}
