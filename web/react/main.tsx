import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { showFailure } from './failure.ts';
import { startSuperTokens } from './supertokens.ts';

startSuperTokens();

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no element with the id root');
createRoot(root, { onUncaughtError: showFailure }).render(<App />);
