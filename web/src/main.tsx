// main.tsx -- starts the page.

import { createRoot } from 'react-dom/client';
import { App } from './app';
import { openPage } from './page';
import './style.css';
import './styles/buttons.css';
import './styles/room.css';
import './styles/composer.css';
import './styles/stage.css';
import './styles/transcript.css';
import './styles/wishes.css';
import { chooseLanguage, loadTexts } from './texts';
import { followTheme } from './theme';
import { followViewport } from './viewport';

const page = openPage();
const { language, theme } = page.preferences();
followTheme(theme)();
followViewport();

void loadTexts(language || chooseLanguage(navigator.languages)).then((texts) => {
    document.documentElement.lang = texts.language;
    document.documentElement.dir = texts.direction;
    createRoot(document.getElementById('root')!).render(<App page={page} firstTexts={texts} />);
});
