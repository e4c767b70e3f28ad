import { deniedScene, isDenial } from './access-scene.js';
import { nothingKnown } from './account-state.js';
import { CallFailed, read } from './api.js';
import { part, setBanner, setText } from './dom.js';
import { Panel } from './panel.js';

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 10_000;

/** @param {string} code the error code: why the link does not work */
function showDenial(code) {
  const scene = deniedScene(code);
  new Panel().show(scene, nothingKnown(''), false);
  document.title = `${scene.title} – Link WhatsApp`;
}

/**
 * Reads the page link that the page was opened with, and repeats the call until the service answers.
 * @returns {Promise<import('./answers.js').PageLink | null>} null: the link does not work, and the page shows why
 */
export async function openLink() {
  setText(part('account-name', HTMLElement), 'Your WhatsApp');
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      const { body } = await read('link', {});
      setBanner('');
      return /** @type {import('./answers.js').PageLink} */ (body);
    } catch (error) {
      if (!(error instanceof CallFailed)) throw error;
      if (isDenial(error.code)) {
        setBanner('');
        showDenial(error.code ?? '');
        return null;
      }
      setBanner(`${error.message} This page continues automatically.`);
      await new Promise((resolve) =>
        setTimeout(resolve, Math.max(pauseMs, (error.retryAfterS ?? 0) * 1_000)),
      );
    }
  }
}
