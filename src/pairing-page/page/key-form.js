import { showProblem, onClick, onSubmit, part } from './dom.js';
import { forgetKey, hasKey, keepKey } from './secret.js';

/** A rough check of the form; the service validates the key. */
const FORM = /^wak_[\w-]+$/;
const NOT_A_KEY = 'This is not a key. Keys begin with “wak_”.';

/** The form in which the user enters an API key, and the button that deletes it. */
export class KeyForm {
  #field = part('key', HTMLInputElement);
  #forget = part('forget-key', HTMLButtonElement);

  /** @param {() => void} onKey called when the user has entered a key */
  constructor(onKey) {
    onSubmit('with-key', () => {
      const key = this.#field.value.trim();
      showProblem(this.#field, FORM.test(key) ? '' : NOT_A_KEY);
      if (!FORM.test(key)) return;
      this.#field.value = '';
      keepKey(key);
      onKey();
    });
    onClick('forget-key', () => {
      forgetKey();
      // The reload removes everything that was shown with the key.
      location.reload();
    });
  }

  show() {
    this.#forget.hidden = !hasKey();
  }

  /** @param {string} problem of the entered key; empty: none */
  showProblem(problem) {
    showProblem(this.#field, problem);
  }
}
