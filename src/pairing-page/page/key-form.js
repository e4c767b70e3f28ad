import { judge, onClick, onSubmit, part } from './dom.js';
import { forgetKey, hasKey, keepKey } from './secret.js';

/** A key is longer; the service judges it. */
const FORM = /^wak_[\w-]+$/;
const NOT_A_KEY = 'This is not a key: keys begin with “wak_”.';

/** Where somebody gives the page a key, and takes it away again. */
export class KeyForm {
  #field = part('key', HTMLInputElement);
  #forget = part('forget-key', HTMLButtonElement);

  /** @param {() => void} given there is another key than before */
  constructor(given) {
    onSubmit('with-key', () => {
      const key = this.#field.value.trim();
      judge(this.#field, FORM.test(key) ? '' : NOT_A_KEY);
      if (!FORM.test(key)) return;
      this.#field.value = '';
      keepKey(key);
      given();
    });
    onClick('forget-key', () => {
      forgetKey();
      // Nothing of what was shown with it stays.
      location.reload();
    });
  }

  show() {
    this.#forget.hidden = !hasKey();
  }

  /** @param {string} problem with the key that was given; empty: none */
  judge(problem) {
    judge(this.#field, problem);
  }
}
