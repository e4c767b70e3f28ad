import { CallFailed, read } from './api.js';
import { part, setText } from './dom.js';
import { inTheList } from './scene.js';

/**
 * The list of accounts beside the chosen account.
 *
 * @typedef {import('./answers.js').Status} Status
 * @typedef {{ accounts: readonly Status[], next: string | null }} Page
 */

/** The maximum number of accounts in one answer of the service. */
const LIMIT = 200;

export class AccountList {
  #list = part('accounts', HTMLElement);
  #more = part('more-accounts', HTMLButtonElement);
  #problem = part('accounts-problem', HTMLElement);
  #pages = 1;
  /** @type {readonly Status[]} */
  #known = [];
  /** @type {Status} */
  #chosen;

  /**
   * @param {string} chosen
   * @param {object} listener
   * @param {(serverMs: number) => void} listener.answered
   * @param {() => void} listener.silent the service does not answer
   */
  constructor(chosen, listener) {
    this.#chosen = unknownStatus(chosen);
    this.listener = listener;
    this.#more.addEventListener('click', () => {
      this.#pages += 1;
      void this.refresh();
    });
    this.#render();
  }

  /** Updates the chosen account from its events; the other accounts are polled. @param {Status} status */
  follow(status) {
    this.#chosen = status;
    this.#render();
  }

  /** Removes all accounts but the chosen one: the page no longer has access. */
  clear() {
    this.#known = [];
    this.#chosen = unknownStatus(this.#chosen.accountId);
    this.#render();
  }

  async refresh() {
    try {
      /** @type {Status[]} */
      const known = [];
      /** @type {string | null} */
      let after = null;
      for (let page = 0; page < this.#pages && (page === 0 || after !== null); page += 1) {
        const { body, at } = await read('accounts', { after, limit: LIMIT });
        const { accounts, next } = /** @type {Page} */ (body);
        known.push(...accounts);
        after = next;
        this.listener.answered(at);
      }
      this.#known = known;
      this.#more.hidden = after === null;
      this.#problem.hidden = true;
      this.#render();
    } catch (error) {
      this.#problem.hidden = false;
      if (error instanceof CallFailed && error.code === null) this.listener.silent();
    }
  }

  #render() {
    const chosen = this.#chosen;
    const others = this.#known.filter(({ accountId }) => accountId !== chosen.accountId);
    const all = [...others, chosen].sort((a, b) => (a.accountId < b.accountId ? -1 : 1));
    all.forEach((status, index) => {
      this.#item(index, status);
    });
    while (this.#list.children.length > all.length) this.#list.lastElementChild?.remove();
  }

  /** Changes items in place, because one of them may have the focus. @param {number} index @param {Status} status */
  #item(index, status) {
    const { accountId } = status;
    const item = this.#list.children[index] ?? this.#list.appendChild(emptyItem());
    const [link, name, state] = item.querySelectorAll('a, span');
    const { tone, words } = inTheList(status);
    if (!link || !name || !state) return;
    link.setAttribute('href', `?accountId=${encodeURIComponent(accountId)}`);
    if (accountId === this.#chosen.accountId) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
    item.setAttribute('data-tone', tone);
    setText(name, accountId);
    setText(state, words);
  }
}

/** Returns a status without any text. @param {string} accountId @returns {Status} */
function unknownStatus(accountId) {
  return { accountId, status: '', authExists: false, serviceConnected: false, servicePhone: null };
}

function emptyItem() {
  const item = document.createElement('li');
  const link = document.createElement('a');
  link.append(document.createElement('span'), document.createElement('span'));
  item.append(link);
  return item;
}
