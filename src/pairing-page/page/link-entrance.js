import { deniedScene, isDenial } from './access-scene.js';
import { nothingKnown } from './account-state.js';
import { CallFailed, read } from './api.js';
import { part, say } from './dom.js';
import { Panel } from './panel.js';

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 10_000;

/** @param {string} code why the link leads nowhere */
function turnAway(code) {
  const scene = deniedScene(code);
  new Panel().show(scene, nothingKnown(''), false);
  document.title = `${scene.title} – Link WhatsApp`;
}

/** @param {string} text empty: nothing is wrong */
function warn(text) {
  const banner = part('banner', HTMLElement);
  banner.hidden = text === '';
  say(banner, text);
}

/**
 * What the link is for that the page was opened with. It asks until there is an answer.
 * @returns {Promise<import('./answers.js').PageLink | null>} null: it leads nowhere, and the page says why
 */
export async function openLink() {
  say(part('account-name', HTMLElement), 'Your WhatsApp');
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      const { body } = await read('link', {});
      warn('');
      return /** @type {import('./answers.js').PageLink} */ (body);
    } catch (error) {
      if (!(error instanceof CallFailed)) throw error;
      if (isDenial(error.code)) {
        warn('');
        turnAway(error.code ?? '');
        return null;
      }
      warn(`${error.message} This page goes on by itself.`);
      await new Promise((resolve) =>
        setTimeout(resolve, Math.max(pauseMs, (error.retryAfterS ?? 0) * 1_000)),
      );
    }
  }
}
